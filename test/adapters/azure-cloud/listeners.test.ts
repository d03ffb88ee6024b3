import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createBounded, orAborted } from '../../../src/adapters/azure-cloud/bounded.ts';
import { withIdleLimit } from '../../../src/adapters/azure-cloud/idle-limit.ts';
import { createWriteQueue } from '../../../src/adapters/azure-cloud/write-queue.ts';
import { CapwrightError } from '../../../src/domain/errors.ts';
import { realClock, refusal } from './setting.ts';

const listeners = (caller: AbortController): number => getEventListeners(caller.signal, 'abort').length;

describe('a signal that lives as long as the server', () => {
  it('is left without listeners by calls that end, well or badly', async () => {
    const caller = new AbortController();
    const bounded = createBounded(realClock);
    const queue = createWriteQueue();
    const work = { doing: 'testing', ms: 10_000, signal: caller.signal };
    const failure = new CapwrightError('AZURE_BUSY', 'x', 'y');

    for (let call = 0; call < 20; call += 1) {
      await bounded(work, async () => 1);
      await refusal(bounded(work, () => Promise.reject(failure)));
      await queue('key', caller.signal, async () => 1);
      await refusal(queue('key', caller.signal, () => Promise.reject(failure)));
      await orAborted(Promise.resolve(1), caller.signal);
      await withIdleLimit({ clock: realClock, idleMs: 10_000, signal: caller.signal }, async (watched) =>
        watched.orGone(Promise.resolve(1)),
      );
    }

    expect(listeners(caller)).toBe(0);
  });

  it('has few listeners however much is read meanwhile, and ends the work when it aborts', async () => {
    const caller = new AbortController();
    let inner: AbortSignal | undefined;
    const work = withIdleLimit(
      { clock: realClock, idleMs: 10_000, signal: caller.signal },
      async ({ signal, orGone }) => {
        inner = signal;
        for (let chunk = 0; chunk < 50; chunk += 1) {
          await orGone(Promise.resolve(chunk));
        }
        expect(listeners(caller)).toBe(1);
        caller.abort();
        await orGone(new Promise(() => undefined));
      },
    );

    await expect(work).rejects.toThrow('aborted');
    expect(inner?.aborted).toBe(true);
    expect(listeners(caller)).toBe(0);
  });

  it('ends a call whose work is deaf to it', async () => {
    const caller = new AbortController();
    const work = { doing: 'testing', ms: 10_000, signal: caller.signal };

    const call = refusal(createBounded(realClock)(work, () => new Promise(() => undefined)));
    caller.abort();

    expect(await call).toMatchObject({ code: 'CANCELLED' });
  });
});

describe('the queue of writes', () => {
  it('lets writes of two watchers go on side by side, and those of one in turn', async () => {
    const queue = createWriteQueue();
    const { signal } = new AbortController();
    const order: string[] = [];
    const first = Promise.withResolvers<void>();
    const run = (name: string, wait: Promise<void>) => async (): Promise<void> => {
      order.push(`${name} begins`);
      await wait;
      order.push(`${name} ends`);
    };

    const slow = queue('one', signal, run('slow', first.promise));
    const behind = queue('one', signal, run('behind', Promise.resolve()));
    await queue('two', signal, run('beside', Promise.resolve()));
    first.resolve();
    await Promise.all([slow, behind]);

    expect(order).toEqual([
      'slow begins',
      'beside begins',
      'beside ends',
      'slow ends',
      'behind begins',
      'behind ends',
    ]);
  });

  it('goes on after a failure, and never runs what was given up while it waited', async () => {
    const queue = createWriteQueue();
    const caller = new AbortController();
    const { signal } = new AbortController();
    const gate = Promise.withResolvers<void>();
    let ran = false;

    const failing = queue('one', signal, () => gate.promise);
    const givenUp = queue('one', caller.signal, async () => {
      ran = true;
    });
    const last = queue('one', signal, async () => 'done');
    caller.abort();
    gate.reject(new Error('no'));

    await expect(failing).rejects.toThrow('no');
    await expect(givenUp).rejects.toThrow('aborted');
    expect(await last).toBe('done');
    expect(ran).toBe(false);
  });
});
