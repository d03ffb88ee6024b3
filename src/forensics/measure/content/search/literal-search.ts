import { FOLD } from './necessary.ts';

/** Calls `onHit` with the number of each literal that stands in the bytes, perhaps several times. */
export type LiteralSearch = (bytes: Uint8Array, onHit: (literal: number) => void) => void;

const PAIRS = 1 << 16;
/** Numbers of literals above this share a bucket's chain, so there is no bound on how many there are. */
const NONE = -1;

/**
 * Searches for all literals (folded) at once, after Wu and Manber (1994): looks at the last pair of a window as long as
 * the shortest literal, and moves on by as much as that pair allows, most often by the window's length less one.
 */
export function createLiteralSearch(literals: readonly string[]): LiteralSearch {
  if (literals.length === 0) return () => undefined;
  const window = Math.min(...literals.map(({ length }) => length));
  const shifts = new Uint8Array(PAIRS).fill(Math.min(window - 1, 255));
  const chainOf = new Int32Array(PAIRS).fill(NONE);
  const next = new Int32Array(literals.length).fill(NONE);
  const folded = literals.map((literal) => Uint8Array.from(literal, (character) => character.charCodeAt(0)));
  for (const [number, bytes] of folded.entries()) {
    for (let end = 1; end < window; end += 1) {
      const pair = pairAt(bytes, end);
      shifts[pair] = Math.min(shifts[pair] ?? 0, window - 1 - end);
    }
    const pair = pairAt(bytes, window - 1);
    next[number] = chainOf[pair] ?? NONE;
    chainOf[pair] = number;
  }
  return (bytes, onHit) => {
    const { length } = bytes;
    let end = window - 1;
    while (end < length) {
      const pair = ((FOLD[bytes[end - 1] ?? 0] ?? 0) << 8) | (FOLD[bytes[end] ?? 0] ?? 0);
      const shift = shifts[pair] ?? 0;
      if (shift > 0) {
        end += shift;
        continue;
      }
      for (let number = chainOf[pair] ?? NONE; number !== NONE; number = next[number] ?? NONE) {
        if (standsAt(bytes, end - window + 1, folded[number])) onHit(number);
      }
      end += 1;
    }
  };
}

const pairAt = (bytes: Uint8Array, end: number): number => ((bytes[end - 1] ?? 0) << 8) | (bytes[end] ?? 0);

function standsAt(bytes: Uint8Array, start: number, literal: Uint8Array | undefined): boolean {
  if (literal === undefined || start + literal.length > bytes.length) return false;
  for (let at = 0; at < literal.length; at += 1) {
    if (FOLD[bytes[start + at] ?? 0] !== literal[at]) return false;
  }
  return true;
}
