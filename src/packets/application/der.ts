import { latin1, u8 } from '../bytes.ts';

/** One element of BER or DER (X.690): its tag byte, and where its content begins and ends. */
export interface Element {
  tag: number;
  start: number;
  end: number;
}

export const SEQUENCE = 0x30;
const INTEGER = 0x02;
const ENUMERATED = 0x0a;
const UTC_TIME = 0x17;
const MOST_ELEMENTS = 64;

/** The element at `at`; null where it does not fit between `at` and `end`, or its length is indefinite. */
export function elementAt(bytes: Uint8Array, at: number, end: number): Element | null {
  if (end - at < 2) return null;
  const first = u8(bytes, at + 1);
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4 || end - start < count) return null;
    length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + u8(bytes, start + index);
    start += count;
  }
  return length > end - start ? null : { tag: u8(bytes, at), start, end: start + length };
}

/** The elements between `start` and `end`, as far as they are sound; at most 64. */
export function elementsIn(bytes: Uint8Array, start: number, end: number): Element[] {
  const elements: Element[] = [];
  for (let at = start; at < end && elements.length < MOST_ELEMENTS;) {
    const element = elementAt(bytes, at, end);
    if (element === null) break;
    elements.push(element);
    at = element.end;
  }
  return elements;
}

/** The value of a small INTEGER or ENUMERATED; null for anything else. */
export function smallNumber(bytes: Uint8Array, { tag, start, end }: Element): number | null {
  if ((tag !== INTEGER && tag !== ENUMERATED) || end === start || end - start > 4) return null;
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 256 + u8(bytes, at);
  return value;
}

/** The UTCTime of X.509 as tshark prints it; null for anything else. */
export function utcTime(bytes: Uint8Array, { tag, start, end }: Element): string | null {
  const match =
    tag === UTC_TIME && end - start <= 20
      ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(latin1(bytes, start, end))
      : null;
  if (match === null) return null;
  const [, year = '', month, day, hour, minute, second] = match;
  // RFC 5280: two digits from 50 on are of the last century.
  return `${Number(year) >= 50 ? '19' : '20'}${year}-${month}-${day} ${hour}:${minute}:${second} (UTC)`;
}
