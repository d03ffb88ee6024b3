import type { Clock } from '../../ports.ts';
import { azureError, cancelled, overdue, type Plane } from './errors.ts';

/** One piece of work against Azure: what it is, in words that end "while …", and how long it may take. */
export interface Work {
  doing: string;
  ms: number;
  signal: AbortSignal;
  plane?: Plane;
}

/** Runs work and settles in time whatever the SDK does; failures come out as CapwrightError. */
export type Bounded = <T>(work: Work, run: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Makes the one door through which every SDK call goes. */
export function createBounded(clock: Clock): Bounded {
  return async (work, run) => {
    if (work.signal.aborted) {
      throw cancelled(work.doing);
    }
    const expiry = new AbortController();
    const done = new AbortController();
    void clock.sleep(work.ms, done.signal).then(() => expiry.abort());
    const signal = AbortSignal.any([work.signal, expiry.signal]);
    try {
      return await Promise.race([run(signal), untilAborted(signal)]);
    } catch (error) {
      if (work.signal.aborted) {
        throw cancelled(work.doing);
      }
      throw expiry.signal.aborted ? overdue(work.doing) : azureError(error, work.doing, work.plane ?? 'arm');
    } finally {
      done.abort();
    }
  };
}

/** Rejects when the signal aborts, for races against work that may not listen to it. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new Error('aborted'));
    signal.addEventListener('abort', fail, { once: true });
    if (signal.aborted) {
      fail();
    }
  });
}
