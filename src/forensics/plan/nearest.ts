const MOST = 6;

/** The names that look most like the one given, nearest first, at most six. */
export function nearest(name: string, names: readonly string[]): string[] {
  const parts = name.split(/[._]/);
  return [...new Set(names)]
    .map((candidate) => ({ candidate, distance: distance(name, candidate) - 2 * shared(parts, candidate) }))
    .toSorted((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate))
    .slice(0, MOST)
    .map(({ candidate }) => candidate);
}

/** Whole words that two names have in common count more than single letters. */
function shared(parts: readonly string[], candidate: string): number {
  const others = new Set(candidate.split(/[._]/));
  return parts.filter((part) => others.has(part)).length;
}

/** Levenshtein's: insertions, deletions and replacements of one letter. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
