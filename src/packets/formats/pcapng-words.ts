import { u16, u16le } from '../bytes.ts';
import type { Interface } from './pcapng-interface.ts';
import type { Recorder } from './record.ts';

const LONGEST_TEXT = 200;
const APPLICATION = 4;
const NAME = 2;
const DESCRIPTION = 3;
const FILTER = 11;
const SYSTEM = 12;
/** The first byte of a filter option tells its form: 0 is text, others are compiled programs. */
const FILTER_TEXT = 0;

const decoder = new TextDecoder();

/** The program that a section header block names, from `at` to its closing length at `end`; null where it names none. */
export const applicationIn = (bytes: Uint8Array, at: number, end: number, little: boolean): string | null =>
  textIn(bytes, at + 24, end, little, APPLICATION, 0);

/** What an interface description block says in words; `from` is the same interface in numbers. */
export function recorderIn(
  bytes: Uint8Array,
  at: number,
  end: number,
  little: boolean,
  { described: { linkType, snapLength } }: Interface,
): Recorder {
  const text = (wanted: number, skip = 0): string | null => textIn(bytes, at + 16, end, little, wanted, skip);
  const filter = optionIn(bytes, at + 16, end, little, FILTER);
  return {
    linkType,
    snapLength,
    name: text(NAME),
    description: text(DESCRIPTION),
    filter: filter !== null && bytes[filter.from] === FILTER_TEXT ? text(FILTER, 1) : null,
    operatingSystem: text(SYSTEM),
    dropped: null,
  };
}

function textIn(
  bytes: Uint8Array,
  start: number,
  end: number,
  little: boolean,
  wanted: number,
  skip: number,
): string | null {
  const option = optionIn(bytes, start, end, little, wanted);
  if (option === null) return null;
  const from = option.from + skip;
  const text = decoder.decode(bytes.subarray(from, Math.min(option.to, from + LONGEST_TEXT)));
  const [line = ''] = text.split('\0');
  return line.trim() === '' ? null : line.trim();
}

/** Where the value of the first such option stands between `start` and `end`. */
function optionIn(
  bytes: Uint8Array,
  start: number,
  end: number,
  little: boolean,
  wanted: number,
): { from: number; to: number } | null {
  for (let at = start; at + 4 <= end;) {
    const code = little ? u16le(bytes, at) : u16(bytes, at);
    const size = little ? u16le(bytes, at + 2) : u16(bytes, at + 2);
    if (code === 0 || at + 4 + size > end) return null;
    if (code === wanted) return { from: at + 4, to: at + 4 + size };
    at += 4 + size + ((4 - (size % 4)) % 4);
  }
  return null;
}
