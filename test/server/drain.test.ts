import { describe, expect, it } from 'vitest';
import { createDrain } from '../../src/server/drain.ts';
import { clock } from './deps.ts';

const HOURS = 3_600_000;

describe('createDrain', () => {
  it('tells what runs to end and waits until it has, however it ends', async () => {
    const calls = createDrain(clock, HOURS);
    const order: string[] = [];
    const work = (name: string, fails: boolean) =>
      new Promise<void>((resolve, reject) => {
        calls.stopping.addEventListener('abort', () => {
          order.push(name);
          if (fails) reject(new Error(name));
          else resolve();
        });
      });
    const failing = calls.track(work('failing', true));
    const working = calls.track(work('working', false)).then(() => order.push('worked'));

    await calls.drain();

    expect(order).toEqual(['failing', 'working', 'worked']);
    await working;
    await expect(failing).rejects.toThrow('failing');
  });

  it('does not wait for what never ends, nor for what has ended', async () => {
    const calls = createDrain(clock, 1);
    void calls.track(new Promise(() => undefined));
    await calls.track(Promise.resolve());

    await expect(calls.drain()).resolves.toBeUndefined();
  });
});
