/** Lets so many work at once; the others wait, first come first served. */
export interface Turns {
  /** Resolves to the way to give the place back, which must be done once; rejects where `signal` aborts first. */
  enter(signal: AbortSignal): Promise<() => void>;
}

export function createTurns(places: number): Turns {
  let free = places;
  const waiting = new Set<() => void>();
  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
    } else {
      waiting.delete(next);
      next();
    }
  };
  return {
    enter: (signal) =>
      new Promise((resolve, reject) => {
        const giveUp = (): void => {
          waiting.delete(begin);
          reject(new Error('aborted'));
        };
        const begin = (): void => {
          signal.removeEventListener('abort', giveUp);
          resolve(leave);
        };
        if (signal.aborted) {
          giveUp();
        } else if (free > 0) {
          free -= 1;
          begin();
        } else {
          waiting.add(begin);
          signal.addEventListener('abort', giveUp, { once: true });
        }
      }),
  };
}
