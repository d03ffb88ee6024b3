import { CapwrightError } from '../../domain/errors.ts';
import { CAPTURE_PATH } from '../../ports.ts';

/** The one folder that commands may write to. */
export const WORKSPACE = '/workspace';

/** Absolute path of a workspace file; throws INVALID_ARGUMENT for anything else. */
export function workspacePath(path: string): string {
  const absolute = path.startsWith('/') ? path : `${WORKSPACE}/${path}`;
  const inside = /^\/workspace(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/.test(absolute);
  if (inside && absolute !== CAPTURE_PATH && absolute.length <= 255) return absolute;
  throw new CapwrightError(
    'INVALID_ARGUMENT',
    'Files go into the sandbox’s workspace under a plain name, and not over the capture.',
    `Use a path such as ${WORKSPACE}/script.sh with letters, digits, dots, dashes and underscores.`,
  );
}
