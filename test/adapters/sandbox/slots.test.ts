import { describe, expect, it } from 'vitest';
import { createSlots, type Release, slotsFor } from '../../../src/adapters/sandbox/slots.ts';

const never = new AbortController().signal;

/** Acquires and notes the order in which slots come. */
function asker(atOnce: number, longestQueue = 1_000) {
  const slots = createSlots({ atOnce, longestQueue });
  const entered: string[] = [];
  const releases = new Map<string, Release>();
  const ask = async (name: string, signal = never, onWait?: (ahead: number) => void): Promise<void> => {
    const release = await slots.acquire(signal, onWait);
    entered.push(name);
    releases.set(name, release);
  };
  return { ask, entered, free: (name: string) => releases.get(name)?.() };
}

/** Long enough for every promise that is settled already to be heard of. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('slots', () => {
  it('let in as many as there are, and the others in the order of their asking', async () => {
    const { ask, entered, free } = asker(2);
    const asked = ['a', 'b', 'c', 'd', 'e'].map((name) => ask(name));
    await settle();
    expect(entered).toEqual(['a', 'b']);

    free('b');
    await settle();
    expect(entered).toEqual(['a', 'b', 'c']);
    free('a');
    free('c');
    await Promise.all(asked);

    expect(entered).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('tell who waits how many stand before, whenever that changes', async () => {
    const { ask, free } = asker(1);
    const heard: number[] = [];
    const tooLong = new AbortController();
    await ask('a');
    const b = ask('b');
    const c = ask('c', tooLong.signal);
    const d = ask('d', never, (ahead) => heard.push(ahead));

    tooLong.abort();
    await expect(c).rejects.toMatchObject({ code: 'CANCELLED' });
    free('a');
    await b;
    free('b');
    await d;

    expect(heard).toEqual([2, 1, 0]);
  });

  it('are given back once, however often that is said', async () => {
    const { ask, entered, free } = asker(1);
    await ask('a');
    free('a');
    free('a');
    await ask('b');
    const c = ask('c');
    free('a');
    await settle();
    expect(entered).toEqual(['a', 'b']);

    free('b');
    await c;
  });

  it('refuse whom they could not serve for long, with how many wait', async () => {
    const { ask, free } = asker(1, 2);
    await ask('a');
    const waiting = [ask('b'), ask('c')];

    await expect(ask('d')).rejects.toMatchObject({
      code: 'SANDBOX_BUSY',
      retryable: true,
      message: expect.stringContaining('2 more'),
    });
    free('a');
    await waiting[0];
    await expect(Promise.race([ask('e'), settle()])).resolves.toBeUndefined();
  });

  it('ask nothing of who came with an aborted signal', async () => {
    const { ask, entered } = asker(1);

    await expect(ask('a', AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
    await ask('b');

    expect(entered).toEqual(['b']);
  });

  it('survive a listener that throws', async () => {
    const { ask, free, entered } = asker(1);
    await ask('a');
    const b = ask('b', never, () => {
      throw new Error('the listener is broken');
    });
    const c = ask('c');

    free('a');
    await b;
    free('b');
    await c;

    expect(entered).toEqual(['a', 'b', 'c']);
  });
});

describe('1,000 random interleavings', () => {
  it('never let in more than there are slots, keep the order, and end with every slot free', async () => {
    for (let seed = 1; seed <= 1_000; seed += 1) {
      const seen = await interleave(seed);
      expect(seen, `seed ${seed}`).toMatchObject({
        most: seen.atOnce,
        outOfOrder: 0,
        freeAtEnd: seen.atOnce,
      });
    }
  });
});

interface Asked {
  entered: boolean;
  gone: boolean;
  release: Release | null;
  abort: AbortController;
}

/** Asks, aborts and gives back at random; whoever asked earlier and still waits must come in earlier. */
async function interleave(seed: number) {
  const random = generator(seed);
  const atOnce = 1 + Math.floor(random() * 4);
  const slots = createSlots({ atOnce, longestQueue: 100 });
  const all: Asked[] = [];
  let inside = 0;
  let most = 0;
  let outOfOrder = 0;
  const enter = async (asked: Asked, earlier: readonly Asked[]): Promise<void> => {
    const release = await slots.acquire(asked.abort.signal);
    asked.entered = true;
    inside += 1;
    most = Math.max(most, inside);
    asked.release = () => {
      if (!asked.gone) inside -= 1;
      asked.gone = true;
      release();
    };
    // Two that are let in at the same moment hear of it in either order.
    await settle();
    if (earlier.some((one) => !one.entered && !one.gone)) outOfOrder += 1;
  };
  const ask = (): void => {
    const asked: Asked = { entered: false, gone: false, release: null, abort: new AbortController() };
    const earlier = [...all];
    all.push(asked);
    enter(asked, earlier).catch(() => {
      asked.gone = true;
    });
  };
  for (let step = 0; step < 60; step += 1) {
    const one = all[Math.floor(random() * all.length)];
    const dice = random();
    if (dice < 0.5 || one === undefined) ask();
    else if (dice < 0.65) one.abort.abort();
    else one.release?.();
    if (random() < 0.5) await settle();
  }
  while (all.some(({ gone }) => !gone)) {
    await settle();
    for (const one of all) one.release?.();
  }
  const free = await Promise.all(Array.from({ length: atOnce }, () => slots.acquire(never)));
  const next = await Promise.race([slots.acquire(never), settle().then(() => 'full')]);
  return { atOnce, most, outOfOrder, freeAtEnd: next === 'full' ? free.length : free.length + 1 };
}

/** Mulberry32: the same numbers for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('the number of slots of a machine', () => {
  it.each([
    [2, 24, 2],
    [64, 16, 10],
    [8, 1, 1],
    [1, 1.4, 1],
  ])('with %i CPUs and %d GiB is %i', (cpus, gib, slots) => {
    expect(slotsFor({ cpus, memoryBytes: gib * 1024 ** 3 })).toBe(slots);
  });
});
