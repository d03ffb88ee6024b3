import { u16, u16le } from '../bytes.ts';

/** Where the value of an option of exactly `length` bytes begins between `start` and `end`, or -1. */
export function optionAt(
  bytes: Uint8Array,
  start: number,
  end: number,
  little: boolean,
  wanted: number,
  length: number,
): number {
  for (let at = start; at + 4 <= end;) {
    const code = little ? u16le(bytes, at) : u16(bytes, at);
    const size = little ? u16le(bytes, at + 2) : u16(bytes, at + 2);
    if (code === 0 || at + 4 + size > end) return -1;
    if (code === wanted && size === length) return at + 4;
    at += 4 + size + ((4 - (size % 4)) % 4);
  }
  return -1;
}

/** Whether the options between `start` and `end` are each whole: Wireshark stops at a block where they are not. */
export function areOptionsSound(bytes: Uint8Array, start: number, end: number, little: boolean): boolean {
  for (let at = start; at < end;) {
    if (end - at < 4) return false;
    const code = little ? u16le(bytes, at) : u16(bytes, at);
    const size = little ? u16le(bytes, at + 2) : u16(bytes, at + 2);
    at += 4 + size + ((4 - (size % 4)) % 4);
    if (at > end) return false;
    if (code === 0) return true;
  }
  return true;
}
