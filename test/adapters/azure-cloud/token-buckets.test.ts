import { describe, expect, it } from 'vitest';
import { createTokenBuckets, type ArmRequest } from '../../../src/adapters/azure-cloud/token-buckets.ts';
import { createFakeClock } from '../../fakes/clock.ts';

const NW =
  'https://arm.test/subscriptions/one/resourceGroups/g/providers/Microsoft.Network/networkWatchers/w';
const get: ArmRequest = { method: 'GET', url: `${NW}/packetCaptures/c` };
const put: ArmRequest = { method: 'PUT', url: `${NW}/packetCaptures/c` };
const query: ArmRequest = { method: 'POST', url: `${NW}/packetCaptures/c/queryStatus?api-version=1` };

/** When each of `count` requests that come at once may go, in milliseconds. */
async function timesOf(count: number, request: ArmRequest, drained = 0): Promise<number[]> {
  const clock = createFakeClock();
  const start = clock.now();
  const buckets = createTokenBuckets(clock);
  if (drained > 0) {
    buckets.drain(request, drained);
  }
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: count }, async () => {
      await buckets.take(request);
      times.push(clock.now() - start);
    }),
  );
  return times;
}

/** The most requests that any window of one second saw, after the first second. */
function busiest(times: number[]): number {
  const late = times.filter((time) => time >= 1000);
  return Math.max(0, ...late.map((from) => late.filter((time) => time >= from && time < from + 1000).length));
}

describe('the token buckets', () => {
  it('let a burst pass at once, and the rest no faster than ARM refills', async () => {
    const times = await timesOf(1000, get);

    expect(times.filter((time) => time < 1000).length).toBeLessThanOrEqual(250);
    expect(times.filter((time) => time === 0).length).toBeGreaterThanOrEqual(200);
    expect(busiest(times)).toBeLessThanOrEqual(25);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('hold writes to their own, smaller measure', async () => {
    expect(busiest(await timesOf(400, put))).toBeLessThanOrEqual(10);
  });

  it('charge a query of the status as a read, and keep subscriptions apart', async () => {
    const clock = createFakeClock();
    const start = clock.now();
    const buckets = createTokenBuckets(clock);
    buckets.drain(get, 10);

    await buckets.take(put);
    await buckets.take({ ...get, url: get.url.replace('/one/', '/two/') });
    expect(clock.now()).toBe(start);

    await buckets.take(query);
    expect(clock.now() - start).toBeGreaterThanOrEqual(10_000);
  });

  it('make everybody wait for as long as Azure asked one of them to, and no longer than five minutes', async () => {
    const [first = 0] = await timesOf(3, get, 30);
    const [forever = 0] = await timesOf(1, get, 100_000);

    expect(first).toBeGreaterThanOrEqual(30_000);
    expect(first).toBeLessThan(31_000);
    expect(forever).toBeLessThan(301_000);
  });

  it('give the token of a caller who left to the others', async () => {
    const clock = createFakeClock();
    const start = clock.now();
    const buckets = createTokenBuckets(clock);
    buckets.drain(get, 1);
    const leaving = new AbortController();
    const left = Array.from({ length: 100 }, () => buckets.take(get, leaving.signal));
    leaving.abort();
    await Promise.allSettled(left);

    await buckets.take(get);

    expect(clock.now() - start).toBeLessThan(1500);
    await expect(left[0]).rejects.toThrow();
  });
});
