import { CapwrightError } from '../../domain/errors.ts';

/** Runs `work` when everything handed in before is over. Throws CANCELLED if `signal` aborts while it waits. */
export type Turns = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/** One thing at a time: the sweep after a command would kill any other that ran beside it. */
export function createTurns(): Turns {
  let last: Promise<void> = Promise.resolve();
  return async (work, signal) => {
    const before = last;
    const mine = Promise.withResolvers<void>();
    last = before.then(() => mine.promise);
    try {
      await untilOver(before, signal);
      return await work();
    } finally {
      mine.resolve();
    }
  };
}

async function untilOver(before: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const abort = Promise.withResolvers<void>();
  const onAbort = (): void => abort.resolve();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted !== true) await Promise.race([before, abort.promise]);
    if (signal?.aborted === true) throw cancelled();
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

export function cancelled(): CapwrightError {
  return new CapwrightError(
    'CANCELLED',
    'The work in the sandbox was cancelled.',
    'Make the same call again.',
  );
}
