import { CapwrightError } from '../../../domain/errors.ts';

const BLOCK = 512;
/** What eleven octal digits can say: 8 GiB less one byte. */
const MAX_OCTAL = 0o77777777777;

/**
 * An archive (ustar) of one file that everybody may read and nobody may write, as a stream: `chunks` must come to
 * `bytes` bytes, whatever that number is. Throws SANDBOX_FAILED where they do not.
 */
export async function* tarOfOne(
  name: string,
  bytes: number,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield tarHeader(name, bytes);
  let left = bytes;
  for await (const chunk of chunks) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left !== 0) {
    throw new CapwrightError(
      'SANDBOX_FAILED',
      'The capture changed while it was brought to the sandbox.',
      'Wait until nobody writes to the file, then make the same call again.',
    );
  }
  // Padding to a whole block, then the two empty blocks that end an archive.
  yield Buffer.alloc(((BLOCK - (bytes % BLOCK)) % BLOCK) + 2 * BLOCK);
}

/** The header of a plain file of root's with mode 0444. */
function tarHeader(name: string, bytes: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100);
  header.write('0000444\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  writeSize(header, bytes);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** Octal text, or beyond 8 GiB the base-256 form of GNU tar: a set top bit, then the number itself. */
function writeSize(header: Buffer, bytes: number): void {
  if (bytes <= MAX_OCTAL) {
    header.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124);
    return;
  }
  header.writeUInt8(0x80, 124);
  header.writeBigUInt64BE(BigInt(bytes), 128);
}
