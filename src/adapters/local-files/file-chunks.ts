import { open } from 'node:fs/promises';
import type { InspectedFile } from '../../ports.ts';
import { cancelled, READ_NO_LINK, replaced, type FileIdentity } from './file-identity.ts';

const CHUNK_BYTES = 1024 ** 2;

/**
 * The bytes of a file in order, 1 MiB at most at a time, and never more than it had when it was inspected. Throws
 * FILE_NOT_FOUND where another file or none is at the path, and CANCELLED.
 */
export async function* fileChunks(
  { path, bytes }: InspectedFile,
  known: FileIdentity,
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
    for (let at = 0; at < bytes;) {
      if (signal.aborted) {
        throw cancelled();
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
