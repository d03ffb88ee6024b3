import { describe, expect, it } from 'vitest';
import { NO_MODEL_LIMITS, roomFor, type ModelLimits } from '../../src/domain/model-budget.ts';
import { addUsage, costOf, estimateTokens, NO_USAGE, usageText } from '../../src/domain/model-usage.ts';

const prices = { input: 3, output: 15, cached: 0.3, cacheWrite: 3.75 };
const used = {
  calls: 1,
  inputTokens: 10_000,
  cachedTokens: 0,
  outputTokens: 2_000,
  costUsd: 0.06,
  ms: 5_000,
  estimated: false,
};
const limits = (change: Partial<ModelLimits>): ModelLimits => ({ ...NO_MODEL_LIMITS, ...change });
const request = { inputTokens: 10_000, wanted: 16_000 };

describe('the room that a budget leaves for a request', () => {
  it('is all that was wanted where there is no limit', () => {
    expect(roomFor(request, used, NO_MODEL_LIMITS)).toEqual({ maxTokens: 16_000, milliseconds: null });
  });

  it('shortens the reply to what the tokens allow, and ends where that is too little', () => {
    expect(roomFor(request, used, limits({ tokens: 30_000 }))).toMatchObject({ maxTokens: 8_000 });
    expect(roomFor(request, used, limits({ tokens: 22_999 }))).toEqual({ usedUp: 'tokens' });
  });

  it('shortens the reply to what the money allows, as if no cache held the input', () => {
    // 0.06 spent, 0.0375 for the input as it is written to a cache: 0.0525 are left, and buy 3,500 tokens.
    expect(roomFor(request, used, limits({ usd: 0.15, prices }))).toMatchObject({ maxTokens: 3_500 });
    expect(roomFor(request, used, limits({ usd: 0.1, prices }))).toEqual({ usedUp: 'usd' });
    expect(roomFor(request, used, limits({ usd: 0.01, prices }))).toEqual({ usedUp: 'usd' });
  });

  it('has no say about money where prices are not known, or nothing costs', () => {
    const free = { input: 0, output: 0, cached: 0, cacheWrite: 0 };

    expect(roomFor(request, used, limits({ usd: 0.01 }))).toMatchObject({ maxTokens: 16_000 });
    expect(roomFor(request, { ...used, costUsd: 0 }, limits({ usd: 0.01, prices: free }))).toMatchObject({
      maxTokens: 16_000,
    });
  });

  it('leaves the rest of the time', () => {
    expect(roomFor(request, used, limits({ milliseconds: 8_000 }))).toMatchObject({ milliseconds: 3_000 });
    expect(roomFor(request, used, limits({ milliseconds: 5_000 }))).toEqual({ usedUp: 'milliseconds' });
  });

  it('lets a request for a very short reply be as short as it is', () => {
    expect(roomFor({ inputTokens: 10, wanted: 50 }, NO_USAGE, limits({ tokens: 100 }))).toMatchObject({
      maxTokens: 50,
    });
  });
});

describe('what a model took', () => {
  it('costs by kind of token', () => {
    const usage = {
      inputTokens: 1_000_000,
      cachedTokens: 400_000,
      cacheWriteTokens: 100_000,
      outputTokens: 200_000,
    };

    expect(costOf(usage, prices)).toBeCloseTo(0.5 * 3 + 0.4 * 0.3 + 0.1 * 3.75 + 0.2 * 15, 10);
  });

  it('is added up; an unknown cost makes the sum unknown, and none at all does not', () => {
    expect(addUsage(used, { ...used, costUsd: null }).costUsd).toBeNull();
    expect(addUsage(NO_USAGE, used)).toEqual(used);
    expect(addUsage(used, NO_USAGE)).toEqual(used);
    expect(addUsage(used, used)).toMatchObject({ calls: 2, inputTokens: 20_000, costUsd: 0.12, ms: 10_000 });
  });

  it('reads as one line', () => {
    expect(usageText({ ...used, inputTokens: 1_234_567, cachedTokens: 1_000, calls: 3 })).toBe(
      '3 requests: 1,234,567 tokens read (1,000 of them cached), 2,000 written, 5 s, 0.06 USD',
    );
    expect(usageText({ ...used, costUsd: null, estimated: true })).toBe(
      '1 request: 10,000 tokens read, 2,000 written, 5 s, cost not known; partly estimated',
    );
  });

  it('is estimated from bytes, so that scripts of many bytes count as more', () => {
    expect(estimateTokens('abcdef')).toBe(2);
    expect(estimateTokens('忽略所有')).toBe(4);
  });
});
