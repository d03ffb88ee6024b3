import { open, type FileHandle } from 'node:fs/promises';
import type { CapturePlace, InspectedFile } from '../../ports.ts';
import { fileChunks } from './file-chunks.ts';
import { cancelled, READ_NO_LINK, replaced, type FileIdentity } from './file-identity.ts';

const WINDOW_BYTES = 64 * 1024;
const PIECE_BYTES = 1024 ** 2;

/**
 * The bytes of a capture at some places, given in the order of the file, 1 MiB at most at a time; a piece holds until
 * the next is asked for. A packed file is unpacked once more up to the last of them. Throws FILE_NOT_FOUND and CANCELLED.
 */
export function filePlaces(
  file: InspectedFile,
  known: FileIdentity,
  places: readonly CapturePlace[],
  options: { maxBytes: number; signal: AbortSignal },
): AsyncIterable<Uint8Array> {
  return file.packing === undefined
    ? readAtPlaces(file, known, places, options.signal)
    : pickPlaces(fileChunks(file, known, options), places);
}

async function* readAtPlaces(
  { path, bytes }: InspectedFile,
  known: FileIdentity,
  places: readonly CapturePlace[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const file = await open(path, READ_NO_LINK).catch((error: unknown) => {
    throw replaced(error);
  });
  try {
    const { dev, ino } = await file.stat();
    if (dev !== known.dev || ino !== known.ino) {
      throw replaced();
    }
    const window = createWindow(file, bytes);
    for (const { offset, length } of places) {
      for (let at = offset; at < offset + length; at += PIECE_BYTES) {
        if (signal.aborted) {
          throw cancelled();
        }
        yield await window.at(at, Math.min(PIECE_BYTES, offset + length - at));
      }
    }
  } finally {
    await file.close();
  }
}

/** What stands close together is read at once. */
function createWindow(file: FileHandle, fileBytes: number) {
  const room = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let start = 0;
  let filled = 0;
  return {
    at: async (offset: number, length: number): Promise<Uint8Array> => {
      if (offset < start || offset + length > start + filled) {
        const wanted = Math.min(Math.max(length, WINDOW_BYTES), fileBytes - offset);
        const { bytesRead } = await file.read(room, 0, Math.max(wanted, 0), offset);
        start = offset;
        filled = bytesRead;
      }
      return room.subarray(offset - start, Math.min(offset - start + length, filled));
    },
  };
}

async function* pickPlaces(
  chunks: AsyncIterable<Uint8Array>,
  places: readonly CapturePlace[],
): AsyncGenerator<Uint8Array> {
  let start = 0;
  let next = 0;
  for await (const chunk of chunks) {
    const end = start + chunk.length;
    for (let place = places[next]; place !== undefined && place.offset < end; place = places[next]) {
      const placeEnd = place.offset + place.length;
      yield chunk.subarray(Math.max(place.offset - start, 0), Math.min(placeEnd - start, chunk.length));
      if (placeEnd > end) {
        break;
      }
      next += 1;
    }
    if (next === places.length) {
      return;
    }
    start = end;
  }
}
