import { put16 } from './shape.ts';
import type { Source } from './pour.ts';
import type { Stage } from './stage.ts';
import { MAX_SEGMENT } from './tcp.ts';
import { TLS10, TLS12, type TlsVersion } from './messages/tls.ts';

const RECORD_HEADER = 5;
const LARGEST_RECORD = 16_384 + 17;
/** A rest shorter than this goes into the record before it. */
const SMALLEST_RECORD = 64;

/** `bytes` of TLS application data: whole records of ciphertext, the last one shorter. */
export function ciphertext(stage: Stage, version: TlsVersion, bytes: number): Source {
  const buffer = new Uint8Array(MAX_SEGMENT);
  const header = Uint8Array.of(23, 0, 0, 0, 0);
  put16(header, 1, version === TLS10 ? TLS10 : TLS12);
  let left = bytes;
  let inRecord = 0;
  let headerAt = RECORD_HEADER;
  const beginRecord = (): void => {
    inRecord = Math.min(left - RECORD_HEADER, LARGEST_RECORD);
    if (left - RECORD_HEADER - inRecord < SMALLEST_RECORD) inRecord = left - RECORD_HEADER;
    put16(header, 3, inRecord);
    headerAt = 0;
  };
  return (most) => {
    let at = 0;
    while (at < most) {
      if (headerAt === RECORD_HEADER && inRecord === 0) beginRecord();
      if (headerAt < RECORD_HEADER) {
        buffer[at++] = header[headerAt++] ?? 0;
        left -= 1;
        continue;
      }
      const length = Math.min(most - at, inRecord);
      cut(stage, buffer, at, length);
      at += length;
      inRecord -= length;
      left -= length;
    }
    return buffer.subarray(0, most);
  };
}

/** Bytes without any form. */
export function formless(stage: Stage): Source {
  const buffer = new Uint8Array(MAX_SEGMENT);
  return (most) => {
    cut(stage, buffer, 0, most);
    return buffer.subarray(0, most);
  };
}

/** Running text, the same words again and again. */
export function prose(): Source {
  let at = 0;
  return (most) => {
    at = (at + most) % (TEXT.length - MAX_SEGMENT);
    return TEXT.subarray(at, at + most);
  };
}

const TEXT = new Uint8Array(
  Buffer.from('<p>The quick brown fox jumps over the lazy dog, and nobody minds.</p>\n'.repeat(400)),
);

function cut({ noise, random }: Stage, buffer: Uint8Array, at: number, length: number): void {
  const from = random.integer(noise.length - length);
  buffer.set(noise.subarray(from, from + length), at);
}
