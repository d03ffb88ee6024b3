import { orAborted } from './bounded.ts';

/** Runs work of the same key one after the other; work of other keys goes on beside it. */
export type WriteQueue = <T>(key: string, signal: AbortSignal, run: () => Promise<T>) => Promise<T>;

/**
 * Makes the queue for writes below a Network Watcher: Azure answers parallel ones with conflicts or with failed
 * operations. A failure doesn't stop those behind it, and whoever gives up while waiting never runs.
 */
export function createWriteQueue(): WriteQueue {
  const tails = new Map<string, Promise<unknown>>();
  return async (key, signal, run) => {
    const before = tails.get(key) ?? Promise.resolve();
    const mine = before.then(() => {
      signal.throwIfAborted();
      return run();
    });
    const tail = mine.catch(() => undefined);
    tails.set(key, tail);
    void tail.then(() => tails.get(key) === tail && tails.delete(key));
    return await orAborted(mine, signal);
  };
}
