import type { CaptureChunks, InspectedFile } from '../../ports.ts';
import type { FileIdentity } from './file-identity.ts';
import { filePieces } from './file-pieces.ts';
import { unpack, type UnpackEnd } from './unpack/unpack.ts';

/**
 * The bytes of a capture in order, 1 MiB at most at a time, unpacked where the file is packed, which ends at `maxBytes`
 * bytes. Throws FILE_NOT_FOUND where another file or none is at the path, and CANCELLED.
 */
export function fileChunks(
  file: InspectedFile,
  known: FileIdentity,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): CaptureChunks {
  let read = 0;
  let shortfall: string | null = null;
  const pieces = filePieces(file, known, signal, (bytes) => {
    read = bytes;
  });
  const { packing } = file;
  const unpacked =
    packing === undefined
      ? pieces
      : upTo(
          maxBytes,
          unpack(pieces, packing, (end) => {
            shortfall = sentenceOf(end, packing);
          }),
          () => {
            shortfall = tooMuch(maxBytes);
          },
        );
  return {
    [Symbol.asyncIterator]: () => unpacked,
    bytesRead: () => read,
    shortfall: () => shortfall,
  };
}

/** What a few bytes unpack to has no end of its own. */
async function* upTo(
  most: number,
  chunks: AsyncIterable<Uint8Array>,
  onTooMuch: () => void,
): AsyncGenerator<Uint8Array> {
  let left = most;
  for await (const chunk of chunks) {
    if (chunk.length > left) {
      onTooMuch();
      yield chunk.subarray(0, left);
      return;
    }
    left -= chunk.length;
    yield chunk;
  }
}

const tooMuch = (maxBytes: number): string =>
  `The file unpacks to more than the limit of ${maxBytes} bytes (CAPWRIGHT_MAX_CAPTURE_BYTES): what lies behind that was not read.`;

function sentenceOf(end: UnpackEnd, packing: string): string | null {
  switch (end) {
    case 'whole':
      return null;
    case 'cut short':
      return `The ${packing} file ends before what is packed in it: what could be unpacked was read.`;
    case 'damaged':
      return `The ${packing} file is damaged: what could be unpacked up to there was read.`;
    case 'trailing bytes':
      return `Bytes that are not packed follow the packed capture in the ${packing} file: they were not read.`;
  }
}
