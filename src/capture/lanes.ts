import { CapwrightError } from '../domain/errors.ts';
import type { Log } from '../ports.ts';

/**
 * At most one run per name; a second request attaches to the first by doing nothing. What fails is logged once, and
 * again only after it went well or failed otherwise: the same full disk is no news every second. Of records that can't
 * be read the store tells by itself.
 */
export function createLanes(shutdown: AbortSignal, log: Log) {
  const running = new Map<string, Promise<void>>();
  const failing = new Map<string, string>();
  const tell = (name: string, error: unknown): void => {
    const what = String(error);
    const isTold = error instanceof CapwrightError && error.code === 'TASK_UNREADABLE';
    if (!shutdown.aborted && !isTold && failing.get(name) !== what) {
      log('error', 'background work failed', { name, error });
      failing.set(name, what);
    }
  };
  return {
    run: (name: string, body: () => Promise<void>): void => {
      if (shutdown.aborted || running.has(name)) {
        return;
      }
      const work = body()
        .then(
          () => void failing.delete(name),
          (error: unknown) => tell(name, error),
        )
        .finally(() => running.delete(name));
      running.set(name, work);
    },
    settled: async (): Promise<void> => {
      await Promise.all(running.values());
    },
  };
}
