import { type ChildProcess, spawn } from 'node:child_process';
import { cancelled } from '../turns.ts';
import { createOutput } from '../output.ts';
import type { Clock } from '../../../ports.ts';
import { ROOM } from './command-line.ts';

/** A process that keeps a session's mounts. */
export interface Holder {
  readonly pid: number;
  /** False once it ended, and with it the workspace. */
  readonly alive: boolean;
  /** The folder with workspace and pipes, as this process reaches it. */
  readonly room: string;
  /** Repeatable; returns when it is gone; never throws. */
  destroy(): Promise<void>;
}

/** The holder ended before it held anything; `message` is what it said, for diagnosis only. */
export class HolderFailed extends Error {}

const START_MS = 10_000;

/** Starts a holder and returns when everything is mounted. Throws HolderFailed, or CANCELLED. */
export async function startHolder(
  clock: Clock,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Holder> {
  if (signal.aborted) throw cancelled();
  const [program = '', ...rest] = argv;
  // A session of its own: a Ctrl-C meant for this process is not meant for it.
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], env, detached: true, cwd: '/' });
  const said = createOutput(4_096);
  child.stderr.on('data', (chunk: Buffer) => said.add(chunk));
  child.stdin.on('error', () => undefined);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const over = new AbortController();
  const ready = new Promise<true>((resolve) => child.stdout.once('data', () => resolve(true)));
  const tooLate = clock.sleep(START_MS, AbortSignal.any([over.signal, signal]));
  const mounted = await Promise.race([ready, gone, tooLate]);
  over.abort();
  const holder = holderOf(child, gone);
  if (mounted === true && !signal.aborted) return holder;
  await holder.destroy();
  throw signal.aborted ? cancelled() : new HolderFailed(said.text());
}

function holderOf(child: ChildProcess, gone: Promise<void>): Holder {
  const pid = child.pid ?? 0;
  return {
    pid,
    get alive() {
      return isRunning(child);
    },
    room: `/proc/${pid}/root${ROOM}`,
    async destroy() {
      if (isRunning(child)) killGroup(pid);
      await gone;
      child.stdin?.destroy();
    },
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Its group has what it has just started, too: a mount that is under way when opening is cancelled. */
function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It ended in between.
  }
}
