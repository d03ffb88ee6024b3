/** The service's own slowness, scaled; sessions and tokens keep real time. */
export interface Pace {
  /** Runs `task` after that many seconds of service time. */
  after(serviceSeconds: number, task: () => void): void;
  /** Runs `task` after that many real seconds, unless `cancel` comes first. */
  afterReal(seconds: number, task: () => void): { cancel(): void };
  /** The Retry-After value for a wait of that many seconds of service time. */
  retryAfter(serviceSeconds: number): string;
  /** Forgets everything that has not happened yet. */
  stop(): void;
}

/** A pace where 1 is as slow as Azure was when recorded, and 0.1 ten times faster. */
export function createPace(timeScale: number): Pace {
  const timers = new Set<NodeJS.Timeout>();
  const start = (milliseconds: number, task: () => void): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      task();
    }, milliseconds);
    timers.add(timer);
    return timer;
  };
  return {
    after(serviceSeconds, task) {
      start(serviceSeconds * timeScale * 1000, task);
    },
    afterReal(seconds, task) {
      const timer = start(seconds * 1000, task);
      return {
        cancel() {
          clearTimeout(timer);
          timers.delete(timer);
        },
      };
    },
    retryAfter: (serviceSeconds) => String(Math.round(serviceSeconds * timeScale)),
    stop() {
      timers.forEach((timer) => {
        clearTimeout(timer);
      });
      timers.clear();
    },
  };
}
