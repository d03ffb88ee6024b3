import { z } from 'zod';
import { CapwrightError } from '../../domain/errors.ts';

const systemError = z.object({ code: z.string() });

/** Throws what a failed call on a person's file means, in our words. */
export function fileFailure(error: unknown): never {
  const code = systemError.safeParse(error).data?.code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    throw new CapwrightError('FILE_NOT_FOUND', 'The file does not exist.', 'Check the path.', error);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    throw new CapwrightError(
      'FILE_UNREADABLE',
      'The file may not be read by this user.',
      'Give this user read permission on the file and its folders.',
      error,
    );
  }
  throw new CapwrightError(
    'SANDBOX_FAILED',
    'A file could not be brought to the sandbox.',
    'Make room on the disk of the state directory, then make the same call again.',
    error,
  );
}
