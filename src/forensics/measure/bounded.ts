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

/** Adds to a set unless it is full. */
export function addBounded<T>(set: Set<T>, value: T, limit: number): void {
  if (set.size < limit) set.add(value);
}

/** How often something was seen, and the first frames that show it. */
export interface Evidence {
  count: number;
  frames: number[];
}

export const noEvidence = (): Evidence => ({ count: 0, frames: [] });

export function addEvidence(evidence: Evidence, frame: number): void {
  evidence.count += 1;
  if (evidence.frames.length < MAX_CITED_FRAMES) evidence.frames.push(frame);
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
