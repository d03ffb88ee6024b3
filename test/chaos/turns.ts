/** Lets only so many go at once; the others wait in line. */
export interface Turns {
  take<T>(body: () => Promise<T>): Promise<T>;
}

export function createTurns(most: number): Turns {
  const waiting: (() => void)[] = [];
  let free = most;
  return {
    take: async (body) => {
      if (free === 0) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
      } else {
        free -= 1;
      }
      try {
        return await body();
      } finally {
        const next = waiting.shift();
        if (next === undefined) {
          free += 1;
        } else {
          next();
        }
      }
    },
  };
}
