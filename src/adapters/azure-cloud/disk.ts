import { mkdir, open, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CapwrightError } from '../../domain/errors.ts';
import { field } from './error-facts.ts';

/** Makes the folder of a file, for its owner alone; throws DISK_FULL where so many more bytes don't fit into it. */
export async function makeRoom(path: string, bytes: number): Promise<void> {
  const free = await onDisk(async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(dirname(path));
    return bavail * bsize;
  });
  if (free < bytes) {
    throw diskFull();
  }
}

/** A rename survives a power cut only once its directory is on disk. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Runs work on the disk; what the disk fails with comes out as DISK_FULL or FILE_UNREADABLE. */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CapwrightError) {
      throw error;
    }
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
