import { createZstdDecompress } from 'node:zlib';
import type { Packing } from '../../../domain/file-kind.ts';
import { createByteSource, type ByteSource } from './byte-source.ts';
import { gzipMember, UNPACKED_PIECE_BYTES } from './gzip-member.ts';
import { pump, type StreamEnd } from './pump.ts';

/** How unpacking ended; `trailing bytes`: whole, but for bytes behind it that are not packed. */
export type UnpackEnd = 'whole' | 'cut short' | 'damaged' | 'trailing bytes';

/** bgzip begins a member every 64 KiB; what begins one every few bytes wants to keep us busy. */
const MOST_MEMBERS = 262_144;

/**
 * Unpacks a gzip or zstd file piece by piece, all of the streams that stand in it one behind the other. What can be
 * unpacked of a damaged one is handed over; `onEnd` hears how it ended, unless the reader stops before.
 */
export async function* unpack(
  pieces: AsyncGenerator<Uint8Array>,
  packing: Packing,
  onEnd: (end: UnpackEnd) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const source = createByteSource(pieces);
  try {
    for (let members = 0; ; members += 1) {
      const beginning = await source.peek(4);
      if (!BEGINS[packing](beginning)) {
        onEnd(members === 0 ? 'damaged' : beginning.length === 0 ? 'whole' : 'trailing bytes');
        return;
      }
      const end = members === MOST_MEMBERS ? 'damaged' : yield* MEMBER[packing](source);
      if (end !== 'ended') {
        onEnd(end);
        return;
      }
    }
  } finally {
    await pieces.return(undefined);
  }
}

const MEMBER: Record<Packing, (source: ByteSource) => AsyncGenerator<Uint8Array, StreamEnd>> = {
  gzip: gzipMember,
  zstd: (source) => pump(createZstdDecompress({ chunkSize: UNPACKED_PIECE_BYTES }), source),
};

const ZSTD_FRAME = 0xfd2fb528;
/** Its lowest 4 bits are free; such a frame carries nothing that is unpacked. */
const SKIPPABLE_FRAME = 0x184d2a50;

const BEGINS: Record<Packing, (beginning: Buffer) => boolean> = {
  gzip: (beginning) => beginning.length >= 2 && beginning.readUInt16BE(0) === 0x1f8b,
  zstd: (beginning) => {
    const magic = beginning.length < 4 ? 0 : beginning.readUInt32LE(0);
    return magic === ZSTD_FRAME || (magic & 0xfffffff0) >>> 0 === SKIPPABLE_FRAME;
  },
};
