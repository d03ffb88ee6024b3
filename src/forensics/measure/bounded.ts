import { MAX_CITED_FRAMES } from '../../domain/finding.ts';

/** A map that hostile traffic cannot grow without end: beyond `limit` keys it refuses new ones and counts them. */
export interface BoundedMap<V> {
  /** The value of the key, made on first sight; null where the map is full. */
  at(key: string): V | null;
  get(key: string): V | undefined;
  values(): V[];
  refused(): number;
}

export function createBoundedMap<V>(limit: number, make: (key: string) => V): BoundedMap<V> {
  const map = new Map<string, V>();
  let refused = 0;
  return {
    at: (key) => {
      const known = map.get(key);
      if (known !== undefined) return known;
      if (map.size >= limit) {
        refused += 1;
        return null;
      }
      const made = make(key);
      map.set(key, made);
      return made;
    },
    get: (key) => map.get(key),
    values: () => [...map.values()],
    refused: () => refused,
  };
}

/** The same for two hosts, the one that acts first. */
export interface PairMap<V> {
  at(one: string, other: string): V | null;
  get(one: string, other: string): V | undefined;
  values(): V[];
  refused(): number;
}

/** By one host and then by the other: a key of both would have to be written anew for every packet. */
export function createPairMap<V>(limit: number, make: (one: string, other: string) => V): PairMap<V> {
  const map = new Map<string, Map<string, V>>();
  const made: V[] = [];
  let refused = 0;
  return {
    at: (one, other) => {
      const known = map.get(one);
      const value = known?.get(other);
      if (value !== undefined) return value;
      if (made.length >= limit) {
        refused += 1;
        return null;
      }
      const fresh = make(one, other);
      made.push(fresh);
      if (known === undefined) map.set(one, new Map([[other, fresh]]));
      else known.set(other, fresh);
      return fresh;
    },
    get: (one, other) => map.get(one)?.get(other),
    values: () => [...made],
    refused: () => refused,
  };
}

/** Adds to a set unless it is full. */
export function addBounded<T>(set: Set<T>, value: T, limit: number): void {
  if (set.size < limit) set.add(value);
}

/** A set of nothing, shared by all that have nothing: see `including`. */
export const NO_NUMBERS: ReadonlySet<number> = new Set<number>();

/** The set with one more number, unless it is full. It begins as NO_NUMBERS, which no large table has to hold twice. */
export function including(
  numbers: ReadonlySet<number>,
  value: number,
  limit = Infinity,
): ReadonlySet<number> {
  if (numbers === NO_NUMBERS) return new Set([value]);
  if (numbers instanceof Set && numbers.size < limit) numbers.add(value);
  return numbers;
}

/** How often something was seen, and the first frames that show it. */
export interface Evidence {
  count: number;
  frames: number[];
}

export const noEvidence = (): Evidence => ({ count: 0, frames: [] });

export function addEvidence(evidence: Evidence, frame: number): void {
  evidence.count += 1;
  // V8 makes room for 17 with the first push, and most things are seen once.
  if (evidence.frames.length === 0) evidence.frames = [frame];
  else if (evidence.frames.length < MAX_CITED_FRAMES) evidence.frames.push(frame);
}

/** Evidence of nothing, shared by all who have seen nothing: see `witness`. */
export const NOTHING_SEEN: Readonly<Evidence> = Object.freeze({ count: 0, frames: [] });

/** The evidence with one more frame. It begins as NOTHING_SEEN, so that a large table of what rarely happens is small. */
export function witness(evidence: Readonly<Evidence>, frame: number): Evidence {
  const grown = evidence === NOTHING_SEEN ? noEvidence() : evidence;
  addEvidence(grown, frame);
  return grown;
}

/** The evidence of these frames, in their order. */
export function evidenceOf(frames: readonly number[]): Evidence {
  const evidence = noEvidence();
  for (const frame of frames.toSorted((a, b) => a - b)) addEvidence(evidence, frame);
  return evidence;
}

/** One evidence for several: counts added, the earliest frames kept. */
export function mergeEvidence(parts: readonly Evidence[]): Evidence {
  const frames = [...new Set(parts.flatMap((part) => part.frames))].toSorted((a, b) => a - b);
  return {
    count: parts.reduce((sum, part) => sum + part.count, 0),
    frames: frames.slice(0, MAX_CITED_FRAMES),
  };
}
