import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { CapwrightError } from '../../domain/errors.ts';

/**
 * Writes a file of mode 0600 that is there whole or not at all. Every writer has a temporary file of its own, so
 * that two servers that write the same file never mix; the last to finish wins. Throws DISK_FULL.
 */
export async function writeWhole(
  path: string,
  newName: () => string,
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${newName()}.part`;
  const file = await full(() => open(temporary, 'wx', 0o600));
  try {
    await full(async () => {
      try {
        await fill(file);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    });
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function full<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isDiskFull(error) ? diskFull(error) : error;
  }
}

function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function diskFull(cause: unknown): CapwrightError {
  return new CapwrightError(
    'DISK_FULL',
    'There is not enough disk space for the results.',
    'Free space in the state directory of the server.',
    cause,
  );
}
