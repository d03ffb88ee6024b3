import { FOLD } from './necessary.ts';

/** Calls `onHit` with what belongs to each literal that stands in the bytes, perhaps several times. */
export type LiteralSearch = (bytes: Uint8Array, onHit: (owner: number) => void) => void;

/** A literal (folded), and the number of what it belongs to. */
export interface OwnedLiteral {
  literal: string;
  owner: number;
}

const PAIRS = 1 << 16;
const NONE = -1;

/**
 * Searches for all literals (folded) at once, after Wu and Manber (1994): looks at the last pair of a window as long as
 * the shortest literal, and moves on by as much as that pair allows, most often by the window's length less one.
 */
export function createLiteralSearch(literals: readonly OwnedLiteral[]): LiteralSearch {
  if (literals.length === 0) return () => undefined;
  const window = Math.min(...literals.map(({ literal }) => literal.length));
  const shifts = new Uint8Array(PAIRS).fill(Math.min(window - 1, 255));
  /** One bit per pair: whether it stands in a window at all. Small enough to stay in the nearest cache. */
  const known = new Int32Array(PAIRS / 32);
  const chainOf = new Int32Array(PAIRS).fill(NONE);
  const next = new Int32Array(literals.length).fill(NONE);
  const folded = literals.map(({ literal }) =>
    Uint8Array.from(literal, (character) => character.charCodeAt(0)),
  );
  const owners = Int32Array.from(literals, ({ owner }) => owner);
  for (const [number, bytes] of folded.entries()) {
    for (let end = 1; end < window; end += 1) {
      const pair = pairAt(bytes, end);
      shifts[pair] = Math.min(shifts[pair] ?? 0, window - 1 - end);
      known[pair >> 5] = (known[pair >> 5] ?? 0) | (1 << (pair & 31));
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
      if ((((known[pair >> 5] ?? 0) >> (pair & 31)) & 1) === 0) {
        end += window - 1;
        continue;
      }
      const shift = shifts[pair] ?? 0;
      if (shift > 0) {
        end += shift;
        continue;
      }
      for (let number = chainOf[pair] ?? NONE; number !== NONE; number = next[number] ?? NONE) {
        if (standsAt(bytes, end - window + 1, folded[number])) onHit(owners[number] ?? 0);
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
