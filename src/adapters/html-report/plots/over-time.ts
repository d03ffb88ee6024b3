import type { Mark, Spec } from 'vega';
import type { Analysis } from '../../../domain/analysis.ts';
import { seconds, size } from '../../../domain/report-tables.ts';
import { PLOT, quantityAxis, timeAxis, timeUnit, type TimeUnit } from './axes.ts';
import type { Plot } from './figure.ts';

/** Bytes per second over the capture; null where nobody measured it, or it has but one stretch of time. */
export function trafficPlot({ rates, capture }: Analysis): Plot | null {
  if (rates === null || rates.bytes.length < 2) return null;
  const { bucketSeconds, bytes, packets, peakBytes, peakAtSeconds } = rates;
  const steps = bytes.map((value, index) => ({ at: index * bucketSeconds, value: value / bucketSeconds }));
  return {
    title: 'Traffic over time',
    caption: `Stretches of ${seconds(bucketSeconds)}; most at ${seconds(peakAtSeconds)}: ${size(Math.round(peakBytes / bucketSeconds))}/s.`,
    spec: (width) =>
      bars({
        name: 'traffic',
        steps,
        bucketSeconds,
        until: Math.max(capture.durationSeconds, bytes.length * bucketSeconds),
        title: 'bytes per second',
        width,
      }),
    head: ['From', 'Packets', 'Bytes', 'Per second'],
    rows: bytes.map((value, index) => [
      seconds(index * bucketSeconds),
      String(packets[index] ?? 0),
      String(value),
      `${size(Math.round(value / bucketSeconds))}/s`,
    ]),
  };
}

export interface Bars {
  /** Of the mark, for its colour. */
  name: string;
  steps: readonly { at: number; value: number }[];
  bucketSeconds: number;
  /** Where the time axis ends, in seconds. */
  until: number;
  title: string;
  width: number;
}

/** A bar for each stretch of time. */
export function bars({ name, steps, bucketSeconds, until, title, width }: Bars): Spec {
  const unit = timeUnit(until);
  const values = steps
    .filter(({ value }) => value > 0)
    .map(({ at, value }) => ({ from: at / unit.seconds, to: (at + bucketSeconds) / unit.seconds, value }));
  const mark: Mark = {
    type: 'rect',
    name,
    aria: false,
    from: { data: 'steps' },
    encode: {
      enter: {
        x: { scale: 'x', field: 'from' },
        x2: { scale: 'x', field: 'to', offset: -0.5 },
        y: { scale: 'y', field: 'value' },
        y2: { scale: 'y', value: 0 },
      },
    },
  };
  const most = Math.max(1, ...values.map(({ value }) => value));
  const data = { steps: values };
  return timePlot({ width, height: 170, unit, until, most, title, counted: true, data, marks: [mark] });
}

export interface TimePlot {
  width: number;
  height: number;
  unit: TimeUnit;
  /** In seconds. */
  until: number;
  /** Upper end of the other axis. */
  most: number;
  title: string;
  counted?: boolean;
  data: Readonly<Record<string, object[]>>;
  marks: Mark[];
}

/** A quantity over time, its marks in the scales "x" (in `unit`) and "y". */
export function timePlot({
  width,
  height,
  unit,
  until,
  most,
  title,
  counted = false,
  data,
  marks,
}: TimePlot): Spec {
  return {
    ...PLOT,
    width,
    height,
    data: Object.entries(data).map(([name, values]) => ({ name, values })),
    scales: [
      { name: 'x', type: 'linear', domain: [0, until / unit.seconds], range: 'width', zero: false },
      { name: 'y', type: 'linear', domain: [0, most], range: 'height', nice: true },
    ],
    axes: [timeAxis(unit, width), quantityAxis(title, counted)],
    marks,
  };
}
