import type { Finding } from '../../domain/finding.ts';

/** Seconds since 1970 of a frame; null where nobody knows it any more. */
export type TimeOf = (frame: number) => number | null;

/** The findings with the times of the frames that they cite, where all of them are known. */
export function withTimes(findings: readonly Finding[], timeOf: TimeOf): Finding[] {
  const start = timeOf(1);
  return findings.map((finding) => {
    const times = finding.frames.map(timeOf).filter((at) => at !== null);
    const isKnown = start !== null && times.length === finding.frames.length;
    return isKnown ? { ...finding, times: times.map((at) => sinceStart(at, start)) } : finding;
  });
}

/** To the millisecond, as an index knows it. */
const sinceStart = (at: number, start: number): number => Math.round((at - start) * 1000) / 1000;
