import { constants, type Stats } from 'node:fs';
import { CapwrightError } from '../../domain/errors.ts';

/** Which file it was when it was inspected, whatever stands at its path since. */
export type FileIdentity = Pick<Stats, 'dev' | 'ino'>;

/** How an inspected file is opened: a symbolic link at its path would be new, for inspecting has resolved all there were. */
export const READ_NO_LINK = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

export function replaced(cause?: unknown): CapwrightError {
  return new CapwrightError(
    'FILE_NOT_FOUND',
    'The file is not there any more, or another file took its place while it was looked at.',
    'Call again once nobody writes to it.',
    cause,
  );
}

export function cancelled(): CapwrightError {
  return new CapwrightError('CANCELLED', 'The analysis was cancelled.', 'Call it again to start anew.');
}
