/** A seeded source of numbers: the same seed gives the same capture, byte for byte. */
export interface Random {
  /** A whole number from 0 up to, not including, `below`. */
  integer(below: number): number;
  /** A number from `low` up to, not including, `high`. */
  between(low: number, high: number): number;
  bytes(length: number): Uint8Array;
  /** An independent source, so that changing one conversation leaves the others as they were. */
  fork(label: string): Random;
}

/** Makes a source from a seed; nothing in it depends on the machine or the time. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (below: number): number => Math.floor(next() * below);
  return {
    integer,
    between: (low, high) => low + next() * (high - low),
    bytes: (length) => Uint8Array.from({ length }, () => integer(256)),
    fork: (label) => createRandom(hash(label, seed)),
  };
}

function hash(label: string, seed: number): number {
  let value = (seed ^ 0x811c9dc5) >>> 0;
  for (const character of label) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return value;
}
