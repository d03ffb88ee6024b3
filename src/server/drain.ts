import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../ports.ts';

/** Lets a server stop without dropping answers: what runs is told to end, then waited for. */
export interface Drain {
  /** Aborted once the server stops. */
  readonly stopping: AbortSignal;
  track<T>(work: Promise<T>): Promise<T>;
  /** Tells all that runs to end and resolves when it has, or after `graceMs` milliseconds. */
  drain(): Promise<void>;
}

export function createDrain(clock: Clock, graceMs: number): Drain {
  const stop = new AbortController();
  const running = new Set<Promise<unknown>>();

  return {
    stopping: stop.signal,
    track(work) {
      running.add(work);
      const forget = () => running.delete(work);
      work.then(forget, forget);
      return work;
    },
    async drain() {
      stop.abort();
      const answered = new AbortController();
      const all = Promise.allSettled(running).then(() => answered.abort());
      await Promise.race([all, clock.sleep(graceMs, answered.signal)]);
      // The answers exist now; one turn of the loop lets them reach their transports.
      await setImmediate();
    },
  };
}
