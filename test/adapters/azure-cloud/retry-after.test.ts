import { describe, expect, it } from 'vitest';
import { askedSeconds, waitSeconds } from '../../../src/adapters/azure-cloud/retry-after.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const now = (): number => NOW;
const answer = (status: number, headers: Record<string, string> = {}) => ({
  status,
  headers: new Map(Object.entries(headers)),
});

describe('how long Azure asks to wait', () => {
  it.each<[Record<string, string>, number]>([
    [{ 'retry-after': '10' }, 10],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'Sun, 22 Nov 2026 12:00:07 GMT' }, 7],
    [{ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': '-5' }, 0],
    [{ 'retry-after-ms': '1500' }, 2],
    [{ 'x-ms-retry-after-ms': '1500', 'retry-after': '60' }, 2],
    [{ 'retry-after': 'soon' }, 2],
    [{ 'retry-after': 'Infinity' }, 2],
  ])('reads %j as %d seconds', (headers, seconds) => {
    expect(askedSeconds(answer(200, headers), now)).toBe(seconds);
    expect(waitSeconds(answer(429, headers), now)).toBe(seconds);
  });

  it('is a while where there are too many requests and no word of how long', () => {
    expect(waitSeconds(answer(429), now)).toBe(2);
  });

  it('is nothing where nothing is said and nothing is throttled', () => {
    expect(askedSeconds(answer(200), now)).toBeNull();
    expect(waitSeconds(answer(503), now)).toBeNull();
    expect(waitSeconds(answer(200, { 'retry-after': '10' }), now)).toBeNull();
  });
});
