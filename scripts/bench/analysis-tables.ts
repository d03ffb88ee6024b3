import type { AnalysisSamples, Comparison } from './analysis-samples.ts';

/** What each way costs on each capture, as lines for people. */
export function costTable(samples: AnalysisSamples): string {
  const rows = samples.captures().flatMap((capture) =>
    samples.subjects(capture).map((subject) => {
      const cost = samples.of(capture, subject);
      if (cost === null) return [capture, subject];
      const { wallMs, cpuMs, peakMb, peakTogetherMb, rounds } = cost;
      return [
        capture,
        subject,
        seconds(wallMs),
        seconds(cpuMs),
        mb(peakMb),
        mb(peakTogetherMb),
        String(rounds),
      ];
    }),
  );
  return lines([['capture', 'way', 'wall', 'CPU', 'largest process', 'all processes', 'rounds'], ...rows]);
}

/** Ours beside the others and beside the targets. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ capture, what, figure, target, isMet }) => [
    capture,
    what,
    figure,
    target,
    isMet === null ? '' : isMet ? 'met' : 'MISSED',
  ]);
  return lines([['capture', 'what', 'figure', 'target', ''], ...rows]);
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const mb = (value: number): string => `${value.toFixed(0)} MB`;

function lines(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}
