import { CapwrightError } from '../../../domain/errors.ts';
import type { Clock, SandboxLimits } from '../../../ports.ts';
import type { Place } from '../run-command.ts';
import { runCommand } from '../run-command.ts';
import type { Life } from '../session.ts';
import { cancelled } from '../turns.ts';
import { holderCommand, MARKER, sandboxedCommand } from './command-line.ts';
import type { Holder } from './holder.ts';
import { startHolder } from './holder.ts';
import type { Host } from './host.ts';
import { machineAvailableBytes } from './memory-watch.ts';
import { createPlace } from './place.ts';

export interface LifeDeps {
  clock: Clock;
  host: Host;
  seccomp: Uint8Array;
  instanceId: string;
  /** Absolute, no symbolic links, readable for who commands are. */
  capture: string;
  limits: SandboxLimits;
}

/** A session's holder and workspace. */
export function createLife(deps: LifeDeps): Life {
  const { clock, host, limits } = deps;
  // Not the server's environment: what is in there would stand in the sandbox's own /proc/1/environ.
  const env = { PATH: host.path, LC_ALL: 'C', [MARKER]: deps.instanceId };
  const uploads = new Map<string, Uint8Array>();
  let current: { holder: Holder; place: Place } | null = null;

  const discard = async (): Promise<void> => {
    const old = current;
    current = null;
    await old?.place.destroy();
  };
  const place = async (signal: AbortSignal): Promise<Place> => {
    if (current?.holder.alive === true) return current.place;
    await discard();
    const holder = await startHolder(clock, holderCommand(host, deps.capture, limits), env, signal);
    const place = createPlace({
      clock,
      holder,
      env,
      seccomp: deps.seccomp,
      memoryBytes: limits.memoryBytes,
      availableBytes: machineAvailableBytes,
      commandLine: (argv) => sandboxedCommand(host, holder.pid, limits, argv),
    });
    current = { holder, place };
    for (const [path, bytes] of uploads) await upload(clock, place, path, bytes, signal);
    return place;
  };
  return {
    place: (_lifeMs, signal) => place(signal),
    discard,
    async remember(path, bytes, signal) {
      await upload(clock, await place(signal), path, bytes, signal);
      uploads.set(path, bytes);
    },
  };
}

const UPLOAD_MS = 60_000;
/**
 * Says how much arrived: a full workspace must not look like a whole file.
 * What a script put in the way goes first: a pipe would be waited for, a link would be followed.
 */
const RECEIVE = 'mkdir -p -- "${1%/*}" && rm -rf -- "$1" && cat > "$1" && wc -c < "$1"';

/**
 * Writes bytes to a file in the workspace, by a command in the sandbox: a link that a script left there leads nowhere
 * then. Throws SANDBOX_FAILED where they do not arrive whole.
 */
async function upload(
  clock: Clock,
  place: Place,
  path: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const { result, reusable } = await runCommand(
    { clock },
    place,
    {
      argv: ['bash', '-c', RECEIVE, 'upload', path],
      stdin: bytes,
      timeoutMs: UPLOAD_MS,
      maxOutputBytes: 1_024,
    },
    signal,
  );
  if (signal.aborted) throw cancelled();
  if (reusable && result.stdout.trim() === String(bytes.length)) return;
  throw new CapwrightError(
    'SANDBOX_FAILED',
    'A file did not arrive whole in the sandbox: its workspace is full or the sandbox went away.',
    'Upload less, or make the same call again.',
  );
}
