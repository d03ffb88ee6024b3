import type { Axis, Mark } from 'vega';
import type { Analysis, ReportedFinding } from '../../../domain/analysis.ts';
import { SEVERITIES, type Severity } from '../../../domain/finding.ts';
import { seconds } from '../../../domain/report-tables.ts';
import { timeAxis, timeUnit, type TimeUnit } from './axes.ts';
import { label, type Plot } from './figure.ts';
import { rowPlot, ROW_HEIGHT, UNDER_LABEL } from './rows.ts';

const SHOWN = 15;
const MIDDLE = UNDER_LABEL + 6;

/** When the worst findings showed themselves; null where the times of none are known. */
export function timelinePlot({ findings, capture, instances }: Analysis): Plot | null {
  const known = findings.filter(({ times }) => times.length > 0);
  const shown = known.slice(0, SHOWN);
  if (shown.length === 0 || capture.durationSeconds <= 0) return null;
  const worst = SEVERITIES.toReversed().filter((one) => shown.some(({ severity }) => severity === one));
  const rest = known.length - shown.length;
  return {
    title: 'Findings over time',
    caption: `The frames that each finding cites, at most 20 of the first${rest > 0 ? `; the ${shown.length} worst of ${known.length} findings` : ''}.${
      instances.length > 1 ? ' Time counts from the first packet of each file.' : ''
    }`,
    keys: worst.map((severity) => ({ mark: `sev-${severity}`, means: severity })),
    spec: (width) => drawn(shown, worst, { width, until: capture.durationSeconds }),
    head: ['Finding', 'Severity', 'What', 'First cited frame', 'Last cited frame'],
    rows: shown.map(({ id, severity, title, times }) => [
      id,
      severity,
      label(title),
      seconds(Math.min(...times)),
      seconds(Math.max(...times)),
    ]),
  };
}

function drawn(
  shown: readonly ReportedFinding[],
  severities: readonly Severity[],
  { width, until }: { width: number; until: number },
) {
  const unit = timeUnit(until);
  const lines = shown.map((_, index) => ({ y: index * ROW_HEIGHT + MIDDLE }));
  const axis: Axis = { ...timeAxis(unit, width), domain: true };
  return rowPlot(
    { width, labels: shown.map(({ id, title }) => `${id} · ${label(title)}`) },
    {
      data: [
        { name: 'lines', values: lines },
        ...severities.map((severity) => ({
          name: `of-${severity}`,
          values: dotsOf(shown, severity, unit, until),
        })),
      ],
      scales: [{ name: 'x', type: 'linear', domain: [0, until / unit.seconds], range: 'width', zero: false }],
      axes: [axis],
      marks: [line, ...severities.map(dots)],
    },
  );
}

/** A clock that ran back, or a file of its own, must not lead out of the plot. */
const dotsOf = (
  shown: readonly ReportedFinding[],
  severity: Severity,
  unit: TimeUnit,
  until: number,
): { x: number; y: number }[] =>
  shown.flatMap((finding, index) =>
    finding.severity === severity
      ? finding.times.map((at) => ({
          x: Math.min(Math.max(at, 0), until) / unit.seconds,
          y: index * ROW_HEIGHT + MIDDLE,
        }))
      : [],
  );

const line: Mark = {
  type: 'rule',
  name: 'line',
  aria: false,
  from: { data: 'lines' },
  encode: { enter: { x: { value: 0 }, x2: { signal: 'width' }, y: { field: 'y' } } },
};

const dots = (severity: Severity): Mark => ({
  type: 'symbol',
  name: `sev-${severity}`,
  aria: false,
  from: { data: `of-${severity}` },
  encode: { enter: { x: { scale: 'x', field: 'x' }, y: { field: 'y' }, size: { value: 70 } } },
});
