import type { CaptureChunks } from '../../src/ports.ts';

/** Pieces of a capture that is not packed, as the file adapter would hand them over. */
export function asChunks(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): CaptureChunks {
  let read = 0;
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      read += piece.length;
      yield piece;
    }
  };
  return { [Symbol.asyncIterator]: chunks, bytesRead: () => read, shortfall: () => null };
}
