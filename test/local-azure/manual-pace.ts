import type { Pace } from '../../src/local-azure/pace.ts';

/** A service that gets on only when told to: `run` does all that waits; sessions never end by themselves. */
export function createManualPace(): Pace & { run(): void } {
  let waiting: (() => void)[] = [];
  return {
    after(_, task) {
      waiting.push(task);
    },
    afterReal: () => ({ cancel: () => undefined }),
    retryAfter: (seconds) => String(seconds),
    stop() {
      waiting = [];
    },
    run() {
      waiting.splice(0).forEach((task) => {
        task();
      });
    },
  };
}
