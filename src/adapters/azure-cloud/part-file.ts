import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, statfs, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CapwrightError } from '../../domain/errors.ts';
import { field } from './error-facts.ts';

/** A file that is being written and is not yet what it will be. */
export interface PartFile {
  bytes(): number;
  append(chunk: Uint8Array): Promise<void>;
  /** Checks the MD5 if there is one, flushes, gives the file its name and returns its SHA-256. */
  complete(md5: Uint8Array | null): Promise<string>;
  /** Removes what is there, unless it was completed. */
  discard(): Promise<void>;
}

/** Opens `<path>.part`, readable by its owner alone; one that a killed process left is thrown away. */
export async function openPartFile(path: string): Promise<PartFile> {
  const partPath = `${path}.part`;
  const file = await disk(async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await rm(partPath, { force: true });
    return open(partPath, 'wx', 0o600);
  });
  const sha256 = createHash('sha256');
  const whole = createHash('md5');
  let bytes = 0;
  let completed = false;
  return {
    bytes: () => bytes,
    append: async (chunk) => {
      await disk(() => writeAll(file, chunk));
      sha256.update(chunk);
      whole.update(chunk);
      bytes += chunk.byteLength;
    },
    complete: async (md5) => {
      if (md5 !== null && !whole.digest().equals(md5)) {
        throw corrupted();
      }
      await disk(async () => {
        await file.sync();
        await file.close();
        await rename(partPath, path);
        completed = true;
        await syncDirectory(dirname(path));
      });
      return sha256.digest('hex');
    },
    discard: async () => {
      if (!completed) {
        await file.close().catch(() => undefined);
        await rm(partPath, { force: true });
      }
    },
  };
}

/** Throws DISK_FULL where the file system can't hold so many more bytes. */
export async function checkSpace(path: string, bytes: number): Promise<void> {
  const free = await disk(async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(dirname(path));
    return bavail * bsize;
  });
  if (free < bytes) {
    throw diskFull();
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.byteLength;) {
    const { bytesWritten } = await file.write(chunk, written);
    written += bytesWritten;
  }
}

/** A rename survives a power cut only once its directory is on disk. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function disk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = field(error, 'code');
    throw code === 'ENOSPC' || code === 'EDQUOT' ? diskFull(error) : unwritable(error);
  }
}

function diskFull(cause?: unknown): CapwrightError {
  return new CapwrightError(
    'DISK_FULL',
    'There is not enough disk space for the capture file.',
    'Free space in the state directory of the server, then call check_task again.',
    cause,
  );
}

function unwritable(cause: unknown): CapwrightError {
  return new CapwrightError(
    'FILE_UNREADABLE',
    'The capture file cannot be written to the state directory of the server.',
    'Check that the server may write to its state directory (capwright doctor).',
    cause,
  );
}

function corrupted(): CapwrightError {
  return new CapwrightError(
    'DOWNLOAD_INTERRUPTED',
    'The downloaded bytes are not those that were uploaded: the MD5 differs.',
    'Call check_task again; the download starts anew.',
  );
}
