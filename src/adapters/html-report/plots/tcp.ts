import type { Mark, Spec } from 'vega';
import type { Analysis } from '../../../domain/analysis.ts';
import { seconds, share } from '../../../domain/report-tables.ts';
import { timeUnit } from './axes.ts';
import type { Plot } from './figure.ts';
import { bars, timePlot } from './over-time.ts';

/** How long handshakes took while the capture lasted; null where no connection was opened in it. */
export function roundTripPlot({ rates, capture }: Analysis): Plot | null {
  const known = (rates?.roundTrips ?? []).flatMap((entry, index) =>
    entry === null ? [] : [{ at: index * (rates?.bucketSeconds ?? 0), ...entry }],
  );
  if (rates === null || known.length < 2) return null;
  const { bucketSeconds } = rates;
  const slowest = known.reduce((worst, one) => (one.maxMs > worst.maxMs ? one : worst));
  const until = Math.max(capture.durationSeconds, rates.bytes.length * bucketSeconds);
  return {
    title: 'Round trips',
    caption: `TCP handshakes, SYN to ACK, by when they began; the slowest took ${slowest.maxMs} ms, at ${seconds(slowest.at)}.`,
    keys: [
      { mark: 'median', means: 'median' },
      { mark: 'slowest', means: 'slowest' },
    ],
    spec: (width) => drawn(known, { bucketSeconds, until, width }),
    head: ['From', 'Handshakes', 'Median', 'Slowest'],
    rows: known.map(({ at, samples, p50Ms, maxMs }) => [
      seconds(at),
      String(samples),
      `${p50Ms} ms`,
      `${maxMs} ms`,
    ]),
  };
}

interface Known {
  at: number;
  p50Ms: number;
  maxMs: number;
}

function drawn(
  known: readonly Known[],
  { bucketSeconds, until, width }: { bucketSeconds: number; until: number; width: number },
): Spec {
  const unit = timeUnit(until);
  const points = known.map(({ at, p50Ms, maxMs }) => ({
    x: (at + bucketSeconds / 2) / unit.seconds,
    median: p50Ms,
    slowest: maxMs,
  }));
  return timePlot({
    width,
    height: 170,
    unit,
    until,
    most: Math.max(1, ...known.map(({ maxMs }) => maxMs)),
    title: 'milliseconds',
    data: { points },
    marks: [
      {
        type: 'rule',
        name: 'spread',
        aria: false,
        from: { data: 'points' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'x' },
            y: { scale: 'y', field: 'median' },
            y2: { scale: 'y', field: 'slowest' },
          },
        },
      },
      dots('slowest', 18),
      dots('median', 40),
    ],
  });
}

const dots = (name: 'median' | 'slowest', area: number): Mark => ({
  type: 'symbol',
  name,
  aria: false,
  from: { data: 'points' },
  encode: {
    enter: { x: { scale: 'x', field: 'x' }, y: { scale: 'y', field: name }, size: { value: area } },
  },
});

/** What TCP sent again while the capture lasted; null where it never did, or nobody counted. */
export function retransmissionPlot({ rates, tcp, capture }: Analysis): Plot | null {
  if (rates === null || rates.bytes.length < 2) return null;
  const { bucketSeconds, retransmissions } = rates;
  const steps = retransmissions.map((value, index) => ({ at: index * bucketSeconds, value }));
  const seen = steps.filter(({ value }) => value > 0);
  if (seen.length === 0) return null;
  const most = seen.reduce((worst, one) => (one.value > worst.value ? one : worst));
  const ofAll =
    tcp.dataSegments > 0 ? ` (${share(tcp.retransmissions, tcp.dataSegments)} of data segments)` : '';
  return {
    title: 'Retransmissions',
    caption: `${tcp.retransmissions} TCP segments were sent again${ofAll}; most in ${seconds(bucketSeconds)}: ${most.value}, at ${seconds(most.at)}.`,
    spec: (width) =>
      bars({
        name: 'again',
        steps,
        bucketSeconds,
        until: Math.max(capture.durationSeconds, rates.bytes.length * bucketSeconds),
        title: 'segments sent again',
        width,
      }),
    head: ['From', 'Segments sent again'],
    rows: seen.map(({ at, value }) => [seconds(at), String(value)]),
  };
}
