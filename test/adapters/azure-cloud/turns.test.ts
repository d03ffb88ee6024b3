import { describe, expect, it } from 'vitest';
import { createTurns } from '../../../src/adapters/azure-cloud/turns.ts';
import { signal } from './setting.ts';

describe('turns', () => {
  it('let only so many work at once, and the others in the order in which they came', async () => {
    const turns = createTurns(3);
    const order: number[] = [];
    let [working, most] = [0, 0];

    await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const leave = await turns.enter(signal());
        order.push(n);
        working += 1;
        most = Math.max(most, working);
        await new Promise(setImmediate);
        working -= 1;
        leave();
      }),
    );

    expect(most).toBe(3);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('pass over those who gave up waiting, and lose no place by it', async () => {
    const turns = createTurns(1);
    const leave = await turns.enter(signal());
    const leaving = new AbortController();
    const gone = turns.enter(leaving.signal);
    const patient = turns.enter(signal());
    leaving.abort();

    await expect(gone).rejects.toThrow('aborted');
    leave();

    (await patient)();
    expect(await turns.enter(signal())).toBeTypeOf('function');
    await expect(turns.enter(AbortSignal.abort())).rejects.toThrow('aborted');
  });
});
