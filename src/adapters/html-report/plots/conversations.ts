import type { Mark } from 'vega';
import type { Analysis } from '../../../domain/analysis.ts';
import { size } from '../../../domain/report-tables.ts';
import { label, type Plot } from './figure.ts';
import { rowPlot, ROW_HEIGHT, UNDER_LABEL } from './rows.ts';

const SHOWN = 12;

/** Who moved most bytes, and which way; null where there is nobody to compare with. */
export function conversationsPlot({ conversations, instances }: Analysis): Plot | null {
  const shown = conversations.slice(0, SHOWN);
  const [most] = shown;
  if (most === undefined || shown.length < 2) return null;
  const bars = shown.map(({ bytesAToB, bytes }, index) => ({
    y: index * ROW_HEIGHT + UNDER_LABEL,
    there: bytesAToB,
    all: bytes,
  }));
  return {
    title: 'Conversations by bytes',
    caption: `The ${shown.length} that moved most${conversations.length > shown.length ? `, of ${conversations.length}` : ''}; the first is ${label(most.a, 60)} and ${label(most.b, 60)} with ${size(most.bytes)}.${
      instances.length > 1 ? ' What passes between two of the machines is counted at both.' : ''
    }`,
    keys: [
      { mark: 'there', means: 'from the first address' },
      { mark: 'back', means: 'from the second' },
    ],
    spec: (width) =>
      rowPlot(
        {
          width,
          labels: shown.map(({ a, b }) => `${label(a, 60)} ↔ ${label(b, 60)}`),
          figures: shown.map(({ bytes }) => size(bytes)),
        },
        {
          data: [{ name: 'bars', values: bars }],
          scales: [{ name: 'x', type: 'linear', domain: [0, Math.max(1, most.bytes)], range: 'width' }],
          marks: [bar('there', { value: 0 }, 'there'), bar('back', { field: 'there' }, 'all')],
        },
      ),
    head: ['A', 'B', 'Bytes', 'A to B', 'B to A'],
    rows: shown.map(({ a, b, bytes, bytesAToB, bytesBToA }) => [
      label(a),
      label(b),
      ...[bytes, bytesAToB, bytesBToA].map(String),
    ]),
  };
}

const bar = (name: string, from: { value: number } | { field: string }, to: string): Mark => ({
  type: 'rect',
  name,
  aria: false,
  from: { data: 'bars' },
  encode: {
    enter: {
      x: { scale: 'x', ...from },
      x2: { scale: 'x', field: to },
      y: { field: 'y' },
      height: { value: 11 },
    },
  },
});
