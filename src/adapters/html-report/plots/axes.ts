import type { Axis, Spec } from 'vega';

/** What all plots share: nothing of them speaks for itself, and colours come from the page. */
export const PLOT: Pick<Spec, '$schema' | 'padding' | 'autosize' | 'config'> = {
  $schema: 'https://vega.github.io/schema/vega/v6.json',
  padding: { left: 4, right: 12, top: 6, bottom: 4 },
  autosize: { type: 'fit', contains: 'padding' },
  config: {
    axis: {
      labelFontSize: 12,
      titleFontSize: 12,
      titleFontWeight: 'normal',
      titlePadding: 6,
      domain: false,
      ticks: false,
      labelPadding: 6,
      labelOverlap: 'greedy',
      aria: false,
    },
    text: { fontSize: 13 },
  },
};

/** Time since the first packet, along the bottom. */
export const timeAxis = ({ title }: TimeUnit, width: number): Axis => ({
  orient: 'bottom',
  scale: 'x',
  title,
  domain: true,
  tickCount: width < 500 ? 4 : 8,
});

/** A quantity along the left, with lines across the plot; large numbers as 10k. What is counted has whole steps. */
export const quantityAxis = (title: string, counted: boolean): Axis => ({
  orient: 'left',
  scale: 'y',
  title,
  grid: true,
  tickCount: 4,
  format: '~s',
  ...(counted ? { tickMinStep: 1 } : {}),
});

/** The unit in which a stretch of time is read most easily. */
export interface TimeUnit {
  seconds: number;
  title: string;
}

export function timeUnit(seconds: number): TimeUnit {
  const [size, name] = UNITS.find(([least]) => seconds >= 3 * least) ?? [1, 'seconds'];
  return { seconds: size, title: `${name} since the first packet` };
}

const UNITS = [
  [86_400, 'days'],
  [3_600, 'hours'],
  [60, 'minutes'],
  [1, 'seconds'],
  [0.001, 'milliseconds'],
] as const;
