/** Chance that the same seed repeats exactly; every part of a simulation forks its own, so that they don't mix. */
export interface Random {
  chance(probability: number): boolean;
  /** From `low` up to, not including, `high`. */
  between(low: number, high: number): number;
  pick<T>(items: readonly T[]): T;
  fork(name: string): Random;
}

export function createRandom(seed: string): Random {
  let state = 2_166_136_261;
  for (const character of seed) {
    state = Math.imul(state ^ character.charCodeAt(0), 16_777_619) >>> 0;
  }
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    chance: (probability) => next() < probability,
    between: (low, high) => low + next() * (high - low),
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) {
        throw new RangeError('there is nothing to pick from');
      }
      return item;
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}
