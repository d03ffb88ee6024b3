import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Clock, RunCommand } from '../../../ports.ts';
import { writeInput } from '../input.ts';
import { createOutput } from '../output.ts';
import type { Running, StreamName } from '../run-command.ts';
import { openPipes, type Pipes } from './pipes.ts';
import { findProcess, hasEnded, kill, type ProcessRef } from './processes.ts';

export interface CommandRequest {
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
  seccomp: Uint8Array;
  /** The holder's room, with the pipes. */
  room: string;
  stdin: RunCommand['stdin'];
  onData: (stream: StreamName, bytes: Uint8Array) => void;
}

/** A command under way in its own namespaces. */
export interface SandboxedCommand extends Running {
  /** The first process in there, as soon as there is one; null where bubblewrap ended before. */
  readonly first: Promise<ProcessRef | null>;
  /** Settles when bubblewrap has ended. */
  readonly exited: Promise<void>;
  /** Ends everything in there; `forMemory` is what the exit code then tells. Never throws. */
  kill(why: 'over' | 'forMemory'): Promise<void>;
  /** Whether, within a while, nothing runs in there any more. */
  gone(): Promise<boolean>;
}

const KILLED = 137;
const POLL_MS = 5;
const GONE_MS = 5_000;
/** How long bubblewrap may take to say which process is the first. */
const FIRST_MS = 2_000;

/** Starts bubblewrap. Its own setup may still fail: `exitCode` is null then. */
export function startCommand(clock: Clock, request: CommandRequest): SandboxedCommand {
  const [program = '', ...rest] = request.argv;
  const pipes = openPipes(request.room);
  const child = spawn(program, rest, {
    stdio: ['pipe', pipes.theirs.stdout, pipes.theirs.stderr, 'pipe', 'pipe'],
    env: request.env,
    detached: true,
    cwd: '/',
  });
  pipes.closeTheirs();
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  writeInput(writable(child.stdio[3]), request.seccomp);
  const input = writeInput(child.stdin, request.stdin);
  const report = readReport(child.stdio[4]);
  const first = report.firstPid.then((pid) => (pid === null ? null : findProcess(pid)));
  let killedForMemory = false;

  return {
    first,
    exited,
    ended: drain(pipes, request.onData),
    input,
    async exitCode() {
      await exited;
      if (killedForMemory) return KILLED;
      await within(clock, GONE_MS, report.closed);
      return report.exitCode();
    },
    release() {
      for (const stream of [child.stdin, pipes.stdout, pipes.stderr]) stream?.destroy();
    },
    async kill(why) {
      killedForMemory ||= why === 'forMemory';
      // The first process before its supervisor: one that loses its supervisor too early waits for it for ever.
      const target = await within(clock, FIRST_MS, first);
      if (target) await kill(target);
      if (isRunning(child)) child.kill('SIGKILL');
    },
    async gone() {
      await within(clock, GONE_MS, exited);
      if (isRunning(child)) return false;
      const target = await first;
      for (let waited = 0; waited < GONE_MS; waited += POLL_MS) {
        if (target === null || (await hasEnded(target))) return true;
        await clock.sleep(POLL_MS);
      }
      return false;
    },
  };
}

/** What `promise` gives, or undefined where that takes longer; no timer outlives the answer. */
async function within<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([promise, clock.sleep(ms, over.signal).then(() => undefined)]);
  } finally {
    over.abort();
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

const writable = (stream: Readable | Writable | null | undefined): Writable | null =>
  stream !== null && stream !== undefined && 'end' in stream ? stream : null;

async function drain(pipes: Pipes, onData: CommandRequest['onData']): Promise<boolean> {
  const one = (name: StreamName, stream: Socket): Promise<boolean> =>
    new Promise((resolve) => {
      stream.on('data', (chunk: Buffer) => onData(name, chunk));
      stream.on('end', () => resolve(true)).on('close', () => resolve(false));
      stream.on('error', () => resolve(false));
    });
  const clean = await Promise.all([one('stdout', pipes.stdout), one('stderr', pipes.stderr)]);
  return clean.every(Boolean);
}

interface Report {
  firstPid: Promise<number | null>;
  closed: Promise<void>;
  /** What the command ended with; null where it never began. */
  exitCode(): number | null;
}

/** bubblewrap says on a pipe of its own which process is the first, and with what the command ended. */
function readReport(stream: Readable | Writable | null | undefined): Report {
  const output = createOutput(4_096);
  const first = Promise.withResolvers<number | null>();
  const closed = Promise.withResolvers<void>();
  const numberOf = (key: string): number | null => {
    const found = new RegExp(`"${key}": (\\d+)`).exec(output.text());
    return found === null ? null : Number(found[1]);
  };
  const over = (): void => {
    first.resolve(numberOf('child-pid'));
    closed.resolve();
  };
  if (stream === null || stream === undefined || !('read' in stream)) over();
  else {
    stream.on('data', (chunk: Buffer) => {
      output.add(chunk);
      const pid = numberOf('child-pid');
      if (pid !== null) first.resolve(pid);
    });
    stream.on('end', over).on('close', over).on('error', over);
  }
  return { firstPid: first.promise, closed: closed.promise, exitCode: () => numberOf('exit-code') };
}
