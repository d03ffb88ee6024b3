import type { Clock } from '../../src/ports.ts';

/**
 * Time that jumps to the next sleeper as soon as nothing else is left to do: no callback in this turn of the event
 * loop, and no file operation under way.
 */
export function createFakeClock(start = Date.UTC(2026, 0, 1)): Clock {
  let now = start;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  let pumping = false;
  const pump = (): void => {
    if (process.getActiveResourcesInfo().some((kind) => kind.endsWith('Req') || kind.startsWith('FSReq'))) {
      setImmediate(pump);
      return;
    }
    const next = [...sleepers].toSorted((a, b) => a.at - b.at)[0];
    pumping = next !== undefined;
    if (next !== undefined) {
      now = Math.max(now, next.at);
      next.wake();
      setImmediate(pump);
    }
  };
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = {
          at: now + Math.max(0, ms),
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        signal?.addEventListener('abort', sleeper.wake, { once: true });
        sleepers.add(sleeper);
        if (!pumping) {
          pumping = true;
          setImmediate(pump);
        }
      }),
  };
}
