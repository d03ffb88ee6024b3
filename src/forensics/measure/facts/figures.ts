import type { Latency } from '../../../domain/facts/measures.ts';

/** Seconds to the microsecond. */
export const rounded = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;

const toMs = (seconds: number): number => Math.round(seconds * 1e6) / 1e3;

/** Percentiles by nearest rank; null without a value. */
export function latencyOf(values: readonly number[]): Latency | null {
  // Clocks that step back give negative times, which say nothing.
  const sorted = Float64Array.from(values.filter((value) => value >= 0)).toSorted();
  const at = (share: number): number => toMs(sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? 0);
  if (sorted.length === 0) return null;
  return { samples: sorted.length, p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), maxMs: at(1) };
}

export function medianMs(values: readonly number[]): number | null {
  const sorted = Float64Array.from(values).toSorted();
  const middle = sorted[Math.floor(sorted.length / 2)];
  return middle === undefined ? null : toMs(middle);
}

/** The first `most` rows and how many there are. */
export const top = <T>(rows: readonly T[], most: number): { total: number; shown: T[] } => ({
  total: rows.length,
  shown: rows.slice(0, most),
});

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** ISO 8601 UTC; null for a time that no calendar has. */
export function isoTime(at: number | null): string | null {
  const date = at === null ? null : new Date(at * 1000);
  return date === null || Number.isNaN(date.getTime()) ? null : date.toISOString();
}
