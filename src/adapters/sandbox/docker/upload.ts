import { CapwrightError } from '../../../domain/errors.ts';
import type { Clock } from '../../../ports.ts';
import type { LiveContainer } from './container.ts';
import { entering } from './enter.ts';
import { startExec } from './exec.ts';
import { createOutput } from '../output.ts';
import { SCRIPT_USER } from './profile.ts';

const UPLOAD_SECONDS = 60;
/**
 * Says how much arrived, since a cut connection looks like the end of the input to cat.
 * What a script put in the way goes first: a pipe would be waited for, a link would be followed.
 */
const RECEIVE = 'mkdir -p -- "${1%/*}" && rm -rf -- "$1" && cat > "$1" && wc -c < "$1"';

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
    argv: entering(['timeout', '-s', 'KILL', String(UPLOAD_SECONDS), 'bash', '-c', RECEIVE, 'upload', path]),
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
