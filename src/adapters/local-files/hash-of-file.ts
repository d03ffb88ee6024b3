import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { READ_NO_LINK, type FileIdentity } from './file-identity.ts';

const CHUNK_BYTES = 1024 ** 2;

/** What is to be hashed: the first `bytes` bytes of one file, and of no other that took its place. */
export interface HashOrder extends FileIdentity {
  path: string;
  bytes: number;
}

/**
 * SHA-256 in hex, or null where another file is at the path or this one has become shorter. Blocks its thread; throws
 * what the file system throws.
 */
export function hashOfFile({ path, bytes, dev, ino }: HashOrder): string | null {
  const file = openSync(path, READ_NO_LINK);
  try {
    const now = fstatSync(file);
    if (now.dev !== dev || now.ino !== ino) {
      return null;
    }
    const sha256 = createHash('sha256');
    const room = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes));
    for (let at = 0; at < bytes;) {
      const count = readSync(file, room, 0, Math.min(room.length, bytes - at), at);
      if (count === 0) {
        return null;
      }
      sha256.update(room.subarray(0, count));
      at += count;
    }
    return sha256.digest('hex');
  } finally {
    closeSync(file);
  }
}
