/** Counts how often values come, and cannot be grown without end: values beyond the limit are counted together. */
export interface Tally {
  add(name: string, times?: number): void;
  /** Different values, most frequent first. */
  rows(): { name: string; count: number }[];
  /** Times that a value came for which there was no room. */
  refused(): number;
}

const LIMIT = 5_000;
const LONGEST = 120;

export function createTally(limit: number = LIMIT): Tally {
  const counts = new Map<string, number>();
  let refused = 0;
  return {
    add: (value, times = 1) => {
      const name = value.length > LONGEST ? `${value.slice(0, LONGEST - 1)}…` : value;
      const known = counts.get(name);
      if (known === undefined && counts.size >= limit) refused += times;
      else counts.set(name, (known ?? 0) + times);
    },
    rows: () =>
      [...counts]
        .map(([name, count]) => ({ name, count }))
        .toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)),
    refused: () => refused,
  };
}
