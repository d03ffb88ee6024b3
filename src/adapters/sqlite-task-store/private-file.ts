import { closeSync, openSync } from 'node:fs';

/**
 * Makes an empty file that its owner alone may read, where there is none: SQLite would make one that others may read,
 * and gives its journals the mode of their database. A file that exists is not opened, since closing it would end the
 * locks that this process holds on it.
 */
export function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      throw error;
    }
  }
}
