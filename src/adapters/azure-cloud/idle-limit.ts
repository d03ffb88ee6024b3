import type { Clock } from '../../ports.ts';
import { linked, orAborted } from './bounded.ts';

/** What the watched work gets to hold. */
export interface Watched {
  /** Aborts when the caller gives up or nothing moved for too long. */
  signal: AbortSignal;
  /** Says that something moved. */
  alive: () => void;
  /** Waits for work of others, which may be deaf to the signal. */
  orGone: <T>(work: Promise<T>) => Promise<T>;
}

/** Runs work that is cut off when it hasn't said `alive` for `idleMs`; it settles only after `run` has. */
export async function withIdleLimit<T>(
  { clock, idleMs, signal }: { clock: Clock; idleMs: number; signal: AbortSignal },
  run: (watched: Watched) => Promise<T>,
): Promise<T> {
  const cut = new AbortController();
  const done = new AbortController();
  const unlink = linked(signal, cut);
  let last = clock.now();
  const watch = async (): Promise<void> => {
    for (let left = idleMs; !done.signal.aborted && left > 0; left = last + idleMs - clock.now()) {
      await clock.sleep(left, done.signal);
    }
    cut.abort();
  };
  void watch();
  const alive = (): void => {
    last = clock.now();
  };
  try {
    return await run({ signal: cut.signal, alive, orGone: (work) => orAborted(work, cut.signal) });
  } finally {
    unlink();
    done.abort();
  }
}
