import { CapwrightError } from '../../domain/errors.ts';
import { CAPTURE_PATH, type Clock } from '../../ports.ts';
import type { LiveContainer } from './container.ts';
import { startExec } from './exec.ts';
import { createOutput } from './output.ts';
import { SCRIPT_USER, WORKSPACE } from './profile.ts';

const UPLOAD_SECONDS = 60;
/** Says how much arrived, since a cut connection looks like the end of the input to cat. */
const RECEIVE = 'mkdir -p -- "${1%/*}" && cat > "$1" && wc -c < "$1"';

/**
 * Writes bytes to a file in the workspace, through a command's standard input: the engine's own copy calls lose files
 * under a tmpfs. Throws SANDBOX_FAILED where they do not arrive whole.
 */
export async function upload(
  deps: { clock: Clock },
  container: LiveContainer,
  path: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const output = createOutput(256);
  const exec = await startExec({ clock: deps.clock, signal }, container.handle, {
    user: SCRIPT_USER,
    argv: ['timeout', '-s', 'KILL', String(UPLOAD_SECONDS), 'bash', '-c', RECEIVE, 'upload', path],
    stdin: bytes,
    onData: (stream, chunk) => (stream === 'stdout' ? output.add(chunk) : undefined),
  });
  const over = new AbortController();
  const late = deps.clock.sleep((UPLOAD_SECONDS + 5) * 1000, AbortSignal.any([over.signal, signal]));
  await Promise.race([exec.ended, late]);
  over.abort();
  exec.release();
  if (Number(output.text()) === bytes.length && output.bytes > 0) return;
  throw new CapwrightError(
    'SANDBOX_FAILED',
    'A file did not arrive whole in the sandbox: its workspace is full or its engine went away.',
    'Upload less, or make the same call again.',
  );
}

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
