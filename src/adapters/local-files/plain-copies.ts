import { rm, stat, type FileHandle } from 'node:fs/promises';
import { packingOf } from '../../domain/file-kind.ts';
import { filePieces } from './file-pieces.ts';
import { writeWhole } from './private-file.ts';
import { startHash } from './start-hash.ts';
import { unpack } from './unpack/unpack.ts';

/** What stands for a packed file while it is put together with others. */
export interface PlainCopy {
  path: string;
  /** Of the packed file. */
  bytes: number;
  sha256: string;
}

/** Unpacked copies of files, beside the file that they are wanted for; `remove` takes them away again. */
export interface PlainCopies {
  /** null for a file that is not packed. Throws DISK_FULL, FILE_NOT_FOUND or CANCELLED. */
  of(path: string): Promise<PlainCopy | null>;
  /** Whether they would have been larger than they may be, all together. */
  areTooLarge(): boolean;
  remove(): Promise<void>;
}

/** All copies together are at most one byte larger than `maxBytes`, and then too large. */
export function createPlainCopies(
  into: string,
  { maxBytes, signal, newName }: { maxBytes: number; signal: AbortSignal; newName: () => string },
): PlainCopies {
  const copies: string[] = [];
  let room = maxBytes + 1;
  const write = async (to: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of chunks) {
      await to.writeFile(chunk.subarray(0, room));
      room -= Math.min(room, chunk.length);
      if (room === 0) {
        return;
      }
    }
  };
  return {
    of: async (path) => {
      const { size: bytes, dev, ino } = await stat(path);
      const known = { dev, ino };
      const packing = await packingAt(path, known, signal);
      if (packing === null) {
        return null;
      }
      const sha256 = startHash({ path, bytes, dev, ino }, signal);
      const copy = `${into}.${newName()}-${copies.length}.part`;
      copies.push(copy);
      const chunks = unpack(filePieces({ path, bytes }, known, signal), packing);
      await writeWhole(copy, newName, (file) => write(file, chunks));
      return { path: copy, bytes, sha256: await sha256() };
    },
    areTooLarge: () => room === 0,
    remove: async () => {
      await Promise.all(copies.map((path) => rm(path, { force: true }).catch(() => undefined)));
    },
  };
}

async function packingAt(path: string, known: { dev: number; ino: number }, signal: AbortSignal) {
  for await (const piece of filePieces({ path, bytes: 4 }, known, signal)) {
    return packingOf(piece);
  }
  return null;
}
