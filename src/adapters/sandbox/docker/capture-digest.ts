import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** How much of a file's beginning and of its end is compared. */
export const DIGEST_BYTES = 65_536;

/** Size, and SHA-256 of a file's first 64 KiB followed by its last 64 KiB: enough to tell captures apart cheaply. */
export async function captureDigest(path: string, bytes: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const length = Math.min(DIGEST_BYTES, bytes);
    const hash = createHash('sha256');
    for (const position of [0, bytes - length]) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return `${bytes} ${hash.digest('hex')}`;
  } finally {
    await file.close();
  }
}
