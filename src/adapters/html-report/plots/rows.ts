import type { Mark, Spec } from 'vega';
import { PLOT } from './axes.ts';

export const ROW_HEIGHT = 36;
/** Without a canvas Vega takes letters for wider than they are. */
const OVERESTIMATED = 1.35;
const LABEL_BASELINE = 15;
/** Where in a row its label ends and what is drawn begins. */
export const UNDER_LABEL = 21;

export interface Rows {
  width: number;
  labels: readonly string[];
  /** What stands right in the line of the label. */
  figures?: readonly string[];
}

/** One row under the other, each with its label above what is drawn, so that long names fit on narrow pages too. */
export function rowPlot(
  { width, labels, figures = [] }: Rows,
  rest: Pick<Spec, 'data' | 'scales' | 'axes' | 'marks'>,
): Spec {
  const rows = labels.map((text, index) => ({ text, figure: figures[index] ?? '', y: index * ROW_HEIGHT }));
  const figureWidth = figures.length === 0 ? 0 : 80;
  return {
    ...PLOT,
    width,
    height: labels.length * ROW_HEIGHT + (rest.axes === undefined ? 10 : 50),
    data: [{ name: 'rows', values: rows }, ...(rest.data ?? [])],
    scales: rest.scales ?? [],
    axes: rest.axes ?? [],
    marks: [
      text('label', { x: { value: 0 }, limit: { value: (width - figureWidth - 24) * OVERESTIMATED } }),
      ...(figures.length === 0
        ? []
        : [text('figure', { x: { signal: 'width' }, align: { value: 'right' } }, 'figure')]),
      ...(rest.marks ?? []),
    ],
  };
}

type Encoding = NonNullable<NonNullable<Extract<Mark, { type: 'text' }>['encode']>['enter']>;

const text = (name: string, enter: Encoding, field = 'text'): Mark => ({
  type: 'text',
  name,
  aria: false,
  from: { data: 'rows' },
  encode: { enter: { ...enter, y: { field: 'y', offset: LABEL_BASELINE }, text: { field } } },
});
