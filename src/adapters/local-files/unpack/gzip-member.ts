import { crc32, createInflateRaw } from 'node:zlib';
import type { ByteSource } from './byte-source.ts';
import { pump, type StreamEnd } from './pump.ts';

const FIXED_BYTES = 10;
const TRAILER_BYTES = 8;
const DEFLATE = 8;
const HEADER_CRC = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;
const RESERVED = 0xe0;
/** Real names and comments are short; a longer one only hides something. */
const LONGEST_TEXT = 65_536;
export const UNPACKED_PIECE_BYTES = 64 * 1024;

/** Unpacks one gzip member (RFC 1952) and compares it with its checksum. */
export async function* gzipMember(source: ByteSource): AsyncGenerator<Buffer, StreamEnd> {
  const header = await passHeader(source);
  if (header !== 'ended') {
    return header;
  }
  let checksum = 0;
  const inside = pump(createInflateRaw({ chunkSize: UNPACKED_PIECE_BYTES }), source);
  for (;;) {
    const { value, done } = await inside.next();
    if (done === true) {
      return value === 'ended' ? closing(await source.take(TRAILER_BYTES), checksum) : value;
    }
    checksum = crc32(value, checksum);
    yield value;
  }
}

function closing(trailer: Buffer, checksum: number): StreamEnd {
  if (trailer.length < TRAILER_BYTES) {
    return 'cut short';
  }
  return trailer.readUInt32LE(0) === checksum ? 'ended' : 'damaged';
}

async function passHeader(source: ByteSource): Promise<StreamEnd> {
  const fixed = await source.take(FIXED_BYTES);
  if (fixed.length < FIXED_BYTES) {
    return 'cut short';
  }
  const flags = fixed[3] ?? 0;
  if (fixed[2] !== DEFLATE || (flags & RESERVED) !== 0) {
    return 'damaged';
  }
  if ((flags & EXTRA) !== 0) {
    const length = await source.take(2);
    await source.take(length.length < 2 ? 0 : length.readUInt16LE(0));
  }
  for (const text of [NAME, COMMENT]) {
    if ((flags & text) !== 0 && !(await passText(source))) {
      return 'damaged';
    }
  }
  await source.take((flags & HEADER_CRC) === 0 ? 0 : 2);
  return 'ended';
}

/** Passes a text that ends with a NUL byte. */
async function passText(source: ByteSource): Promise<boolean> {
  const ahead = await source.peek(LONGEST_TEXT);
  const end = ahead.indexOf(0);
  await source.take(end + 1);
  return end >= 0;
}
