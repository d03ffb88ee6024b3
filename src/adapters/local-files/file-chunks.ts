import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { CapwrightError } from '../../domain/errors.ts';
import type { InspectedFile } from '../../ports.ts';

const CHUNK_BYTES = 1024 ** 2;

/** Which file it was when it was inspected, whatever stands at its path since. */
export type FileIdentity = Pick<Stats, 'dev' | 'ino'>;

/**
 * The bytes of a file in order, 1 MiB at most at a time, and never more than it had when it was inspected. Throws
 * FILE_NOT_FOUND where another file or none is at the path, and CANCELLED.
 */
export async function* fileChunks(
  { path, bytes }: InspectedFile,
  known: FileIdentity,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  // A symbolic link at this path would be new: inspecting has resolved all there were.
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(replaced);
  try {
    const { dev, ino } = await file.stat();
    if (dev !== known.dev || ino !== known.ino) {
      replaced();
    }
    for (let at = 0; at < bytes;) {
      if (signal.aborted) {
        throw new CapwrightError('CANCELLED', 'The analysis was cancelled.', 'Call it again to start anew.');
      }
      const room = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes - at));
      const { bytesRead } = await file.read(room, 0, room.length, at);
      if (bytesRead === 0) {
        return;
      }
      at += bytesRead;
      yield room.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

function replaced(): never {
  throw new CapwrightError(
    'FILE_NOT_FOUND',
    'The file is not there any more, or another file took its place while it was looked at.',
    'Call again once nobody writes to it.',
  );
}
