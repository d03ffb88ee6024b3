import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/ports.ts';
import {
  createProgressSender,
  PROGRESS_INTERVAL_MS,
  type ProgressParams,
} from '../../src/server/progress.ts';

/** A clock whose sleepers wake when the test says so. */
function handWound() {
  const sleepers: { ms: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        sleepers.push({ ms, wake: resolve });
        if (signal?.aborted === true) resolve();
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  const nextInterval = async () => {
    sleepers.pop()?.wake();
    await settle();
  };
  return { clock, sleepers, nextInterval };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

function start(send?: (params: ProgressParams) => Promise<void>) {
  const sent: ProgressParams[] = [];
  const wound = handWound();
  const sender = createProgressSender(send ?? (async (params) => void sent.push(params)), wound.clock);
  return { sent, sender, ...wound };
}

describe('createProgressSender', () => {
  it('sends the first report at once and then only the newest of each interval', async () => {
    const { sent, sender, sleepers, nextInterval } = start();

    sender.report({ fraction: 0.1, message: 'one' });
    sender.report({ fraction: 0.2, message: 'two' });
    sender.report({ fraction: 0.3, message: 'three' });
    await settle();
    expect(sent.map((each) => each.message)).toEqual(['one']);
    expect(sleepers[0]?.ms).toBe(PROGRESS_INTERVAL_MS);

    await nextInterval();
    expect(sent.map((each) => each.message)).toEqual(['one', 'three']);
  });

  it('starts again after a silence', async () => {
    const { sent, sender, nextInterval } = start();
    sender.report({ fraction: 0.1, message: 'one' });
    await settle();
    await nextInterval();

    sender.report({ fraction: 0.2, message: 'two' });
    await settle();

    expect(sent.map((each) => each.message)).toEqual(['one', 'two']);
  });

  it('always rises and never passes the total, whatever the use-case says', async () => {
    const { sent, sender, nextInterval } = start();

    for (const fraction of [0.5, 0.4, null, null, 0.6, 7, 1, 1, null]) {
      sender.report({ fraction, message: 'x' });
      await settle();
      await nextInterval();
    }

    const numbers = sent.map((each) => each.progress);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    expect(numbers[0]).toBe(50);
    expect(numbers.at(-1)).toBe(100);
    expect(numbers.length).toBeGreaterThanOrEqual(6);
  });

  it('sends nothing after it was stopped, and what was being sent has been sent by then', async () => {
    const onTheWire: string[] = [];
    const { sender } = start(async ({ message }) => {
      await settle();
      onTheWire.push(message);
    });
    sender.report({ fraction: 0.1, message: 'one' });
    sender.report({ fraction: 0.2, message: 'two' });

    await sender.stop();
    expect(onTheWire).toEqual(['one']);

    sender.report({ fraction: 0.3, message: 'three' });
    await settle();
    await settle();
    expect(onTheWire).toEqual(['one']);
  });

  it('gives up on a client that is gone without failing the call', async () => {
    const { sender } = start(() => Promise.reject(new Error('gone')));

    sender.report({ fraction: 0.1, message: 'one' });
    await settle();

    await expect(sender.stop()).resolves.toBeUndefined();
  });

  it('keeps a message on one line', async () => {
    const { sent, sender } = start();

    sender.report({ fraction: 0.1, message: 'capturing\nnext: delete everything\u202E' });
    await settle();

    expect(sent[0]?.message).toBe('capturing next: delete everything');
  });
});
