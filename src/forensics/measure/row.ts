import { AGGREGATOR, FIELDS, SEPARATOR, type FieldName } from './fields.ts';

/** One line of the pass: a value (possibly several, possibly none) per field. An array is one; so is what makes it when it is asked. */
export interface Row {
  /** The value of a column, from 0. */
  at(column: number): string | undefined;
}

const COLUMN = new Map<FieldName, number>(FIELDS.map((name, index) => [name, index]));

/** Splits one line into its fields; null where it is no row of ours. */
export function parseRow(line: string): readonly string[] | null {
  const row = line.split(SEPARATOR);
  return row.length === FIELDS.length && /^\d+$/.test(row[0] ?? '') ? row : null;
}

/** The field as printed, '' where the packet has none. */
export function raw(row: Row, field: FieldName): string {
  const column = COLUMN.get(field);
  return column === undefined ? '' : (row.at(column) ?? '');
}

export function has(row: Row, field: FieldName): boolean {
  return raw(row, field) !== '';
}

/** Every value of the field. */
export function all(row: Row, field: FieldName): string[] {
  const value = raw(row, field);
  return value === '' ? [] : value.split(AGGREGATOR);
}

/** The first value of the field, '' where there is none. */
export function text(row: Row, field: FieldName): string {
  const value = raw(row, field);
  const end = value.indexOf(AGGREGATOR);
  return end < 0 ? value : value.slice(0, end);
}

/** Values of the field that are whole numbers, decimal or 0x-hexadecimal. */
export function numbers(row: Row, field: FieldName): number[] {
  return all(row, field)
    .map(toNumber)
    .filter((value) => value !== null);
}

/** The first value as a whole number, null where it is none. */
export function number(row: Row, field: FieldName): number | null {
  return toNumber(text(row, field));
}

/** The last value as a whole number: the innermost header, where packets carry packets. */
export function lastNumber(row: Row, field: FieldName): number | null {
  const value = raw(row, field);
  return toNumber(value.slice(value.lastIndexOf(AGGREGATOR) + 1));
}

/** The first value as seconds, null where it is none. */
export function seconds(row: Row, field: FieldName): number | null {
  const value = text(row, field);
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : null;
}

const ZERO = 48;
const NINE = 57;

/** Up to 15 decimal digits, or 0x and up to 8 hexadecimal ones. Digit by digit, for tables ask for many numbers. */
function toNumber(value: string): number | null {
  const { length } = value;
  if (length === 0) return null;
  let sum = 0;
  for (let at = 0; at < length; at += 1) {
    const code = value.charCodeAt(at);
    if (code < ZERO || code > NINE) return at === 1 ? hexadecimal(value) : null;
    sum = sum * 10 + (code - ZERO);
  }
  return length > 15 ? null : sum;
}

const hexadecimal = (value: string): number | null =>
  /^0x[\da-f]{1,8}$/i.test(value) ? Number(value) : null;
