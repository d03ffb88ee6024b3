/** What stands between the packets of a file: headers, descriptions of interfaces, statistics, names. */
export interface Gaps {
  /** Notes what lies between two records, if anything does; false where there have been too many. */
  add(from: number, to: number): boolean;
  /** Those in front of a place. */
  upTo(offset: number): { offset: number; length: number }[];
  /** Where a record that begins at `offset` ends: at the next gap, or at the next record. */
  before(offset: number, next: number): number;
}

/** Real files have a handful; one that has a gap before every packet would make the index larger than itself. */
const MOST_GAPS = 65_536;

export function createGaps(): Gaps {
  const starts: number[] = [];
  const ends: number[] = [];
  /** How many gaps begin in front of a place. */
  const countBefore = (offset: number): number => {
    let low = 0;
    for (let high = starts.length; low < high;) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    add(from, to) {
      if (from === to) return true;
      if (starts.length >= MOST_GAPS) return false;
      starts.push(from);
      ends.push(to);
      return true;
    },
    upTo: (offset) =>
      starts
        .slice(0, countBefore(offset))
        .map((start, index) => ({ offset: start, length: (ends[index] ?? start) - start })),
    before: (offset, next) => Math.min(starts[countBefore(offset)] ?? next, next),
  };
}
