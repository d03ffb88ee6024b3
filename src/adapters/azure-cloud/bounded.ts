import type { Clock } from '../../ports.ts';
import { azureError, cancelled, overdue, type Plane } from './errors.ts';
import { createTurns } from './turns.ts';

/** One piece of work against Azure: what it is, in words that end "while …", and how long it may take. */
export interface Work {
  doing: string;
  ms: number;
  signal: AbortSignal;
  plane?: Plane;
  /** Writes have a queue of their own, and read while they hold their place in it. */
  isWrite?: true;
}

/**
 * Reads of ARM at the same time. Of a thousand that begin together most would spend their time on waiting for a token,
 * fail for it, and begin again.
 */
const READS_AT_ONCE = 32;

/** Runs work and settles in time whatever the SDK does; failures come out as CapwrightError. */
export type Bounded = <T>(work: Work, run: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Makes the one door through which every SDK call goes. */
export function createBounded(clock: Clock): Bounded {
  const reads = createTurns(READS_AT_ONCE);
  return async (work, run) => {
    if (work.signal.aborted) {
      throw cancelled(work.doing);
    }
    if (work.isWrite === true || work.plane === 'blob') {
      return inTime(clock, work, run);
    }
    const leave = await reads.enter(work.signal).catch(() => {
      throw cancelled(work.doing);
    });
    try {
      return await inTime(clock, work, run);
    } finally {
      leave();
    }
  };
}

async function inTime<T>(clock: Clock, work: Work, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const expiry = new AbortController();
  const done = new AbortController();
  void clock.sleep(work.ms, done.signal).then(() => expiry.abort());
  // The caller's signal may live as long as the process; `expiry` and what listens to it end with this call.
  const unlink = linked(work.signal, expiry);
  try {
    return await orAborted(run(expiry.signal), expiry.signal);
  } catch (error) {
    if (work.signal.aborted) {
      throw cancelled(work.doing);
    }
    throw expiry.signal.aborted ? overdue(work.doing) : azureError(error, work.doing, work.plane ?? 'arm');
  } finally {
    unlink();
    done.abort();
  }
}

/** Lets a controller abort with a signal; the returned function ends that and leaves nothing on the signal. */
export function linked(signal: AbortSignal, controller: AbortController): () => void {
  const abort = (): void => controller.abort();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) {
    abort();
  }
  return () => signal.removeEventListener('abort', abort);
}

/** Waits for work that may be deaf to the signal; leaves no listener behind, however long the signal lives. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const fail = (): void => aborted.reject(new Error('aborted'));
  signal.addEventListener('abort', fail, { once: true });
  if (signal.aborted) {
    fail();
  }
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', fail);
  }
}
