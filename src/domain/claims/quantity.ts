/** What a number measures; numbers of different dimensions never confirm one another. */
export type Dimension = 'count' | 'seconds' | 'bytes' | 'percent' | 'factor' | 'packets/s' | 'bytes/s';

/** How firmly a number is stated. */
export type Firmness = 'exact' | 'about' | 'more' | 'at least' | 'less' | 'at most';

export interface Quantity {
  /** In the base unit of the dimension; several where the unit is ambiguous (1 MB may be 10^6 or 2^20 bytes). */
  values: readonly number[];
  dimension: Dimension;
  /** Half of what the last digit written is worth, for each of the values; 0 for whole things. */
  halves: readonly number[];
  firmness: Firmness;
}

/** Unhedged, rounding may change a value by a tenth at most; hedged ("about") by a twentieth beyond its digits. */
const MOST_ROUNDING = 0.1;
const HEDGE = 0.05;
/** "More than 100" of 150 says something; of a million it misleads. */
const MOST_SLACK = 2;

/** Whether a measured value bears out what was written. */
export function agrees(written: Quantity, measured: number): boolean {
  return written.values.some((value, index) =>
    fits(written.firmness, value, written.halves[index] ?? 0, measured),
  );
}

function fits(firmness: Firmness, value: number, half: number, measured: number): boolean {
  const off = Math.abs(measured - value);
  const tiny = 1e-9 * Math.max(1, Math.abs(value));
  const rounding = Math.min(half, MOST_ROUNDING * Math.abs(measured)) + tiny;
  switch (firmness) {
    case 'exact':
      return off <= rounding;
    case 'about':
      return off <= Math.max(rounding, HEDGE * Math.abs(measured));
    case 'more':
      return measured > value && measured <= MOST_SLACK * value;
    case 'at least':
      return measured >= value && measured <= MOST_SLACK * value;
    case 'less':
      return measured < value && MOST_SLACK * measured >= value;
    case 'at most':
      return measured <= value && MOST_SLACK * measured >= value;
  }
}

interface Unit {
  dimension: Dimension;
  scales: readonly number[];
}

const seconds = (scale: number): Unit => ({ dimension: 'seconds', scales: [scale] });
const bytes = (...scales: number[]): Unit => ({ dimension: 'bytes', scales });
const perSecond = (...scales: number[]): Unit => ({ dimension: 'bytes/s', scales });

/** Units as people write them; the longest fit counts. Case tells `m` from `M` and `b` from `B`. */
const UNITS: readonly (readonly [RegExp, Unit])[] = [
  [
    /^(?:packets|pkts?|frames|segments|SYNs|queries|requests) ?(?:\/ ?s(?:ec(?:ond)?)?|per second|a second)\b/i,
    { dimension: 'packets/s', scales: [1] },
  ],
  [/^pps\b/i, { dimension: 'packets/s', scales: [1] }],
  [/^(?:bytes|B) ?(?:\/ ?s\b|per second)/, perSecond(1)],
  [/^Ki?B ?(?:\/ ?s\b|ps\b|per second)/i, perSecond(1000, 1024)],
  [/^Mi?B ?(?:\/ ?s\b|ps\b|per second)/, perSecond(1e6, 1024 ** 2)],
  [/^(?:[kK]bit|kb|Kb) ?(?:\/ ?s\b|ps\b|per second)/, perSecond(125)],
  [/^(?:[Mm]bit|Mb|megabits?) ?(?:\/ ?s\b|ps\b|per second)/, perSecond(125_000)],
  [/^(?:[Gg]bit|Gb|gigabits?) ?(?:\/ ?s\b|ps\b|per second)/, perSecond(125_000_000)],
  [/^KiB\b/, bytes(1024)],
  [/^MiB\b/, bytes(1024 ** 2)],
  [/^GiB\b/, bytes(1024 ** 3)],
  [/^(?:kilobytes?|kB|KB)\b/, bytes(1000, 1024)],
  [/^(?:megabytes?|MB)\b/, bytes(1e6, 1024 ** 2)],
  [/^(?:gigabytes?|GB)\b/, bytes(1e9, 1024 ** 3)],
  [/^(?:bytes?|octets?|B)\b/, bytes(1)],
  [/^(?:nanoseconds?|ns)\b/i, seconds(1e-9)],
  [/^(?:microseconds?|[µμu]s|usec)\b/i, seconds(1e-6)],
  [/^(?:milliseconds?|msecs?|ms)\b/i, seconds(1e-3)],
  [/^(?:seconds?|secs?|s)\b/i, seconds(1)],
  [/^(?:minutes?|mins?)\b/i, seconds(60)],
  [/^(?:hours?|hrs?|h)\b/i, seconds(3_600)],
  [/^days?\b/i, seconds(86_400)],
  [/^(?:%|percent\b|per cent\b)/i, { dimension: 'percent', scales: [1] }],
  [/^(?:×(?! ?\d)|x\b|-?fold\b)/i, { dimension: 'factor', scales: [1] }],
];

const SUFFIX: Readonly<Record<string, number>> = {
  k: 1e3,
  K: 1e3,
  M: 1e6,
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
};

/**
 * The quantity that a number with what follows it states, and how much of what follows belongs to it. `digits` are as
 * written, without separators of thousands.
 */
export function quantityOf(
  digits: string,
  following: string,
  firmness: Firmness,
): { quantity: Quantity; length: number } {
  const suffix = /^ ?(thousand|million|billion)\b|^([kKM])(?![A-Za-z])/.exec(following);
  const scale = SUFFIX[suffix?.[1] ?? suffix?.[2] ?? ''] ?? 1;
  const rest = following.slice(suffix?.[0].length ?? 0);
  const space = /^[ -]?/.exec(rest)?.[0].length ?? 0;
  const unit = UNITS.find(([pattern]) => pattern.test(rest.slice(space)));
  const { dimension, scales } = unit?.[1] ?? { dimension: 'count' as const, scales: [1] };
  const decimals = /\.(\d+)$/.exec(digits)?.[1]?.length ?? 0;
  const isWhole = dimension === 'count' || (dimension === 'bytes' && scales[0] === 1);
  const half = isWhole && decimals === 0 && scale === 1 ? 0 : 0.5 * 10 ** -decimals;
  const used = unit === undefined ? 0 : space + (unit[0].exec(rest.slice(space))?.[0].length ?? 0);
  return {
    quantity: {
      values: scales.map((one) => Number(digits) * scale * one),
      halves: scales.map((one) => half * scale * one),
      dimension,
      firmness,
    },
    length: (suffix?.[0].length ?? 0) + used,
  };
}
