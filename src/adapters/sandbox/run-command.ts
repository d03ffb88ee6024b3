import type { Clock, RunCommand, RunResult } from '../../ports.ts';
import type { Input } from './input.ts';
import { type Ending, outcomeOf } from './outcome.ts';
import { createOutput, type Output } from './output.ts';

export type StreamName = 'stdout' | 'stderr';

/** A command under way, however it is run. */
export interface Running {
  /** Settles when its output is over, however that came about; false where what came was cut or garbled. */
  readonly ended: Promise<boolean>;
  readonly input: Input;
  /** Exit code after the end; null where nobody knows it, that is: what ran it went away. */
  exitCode(): Promise<number | null>;
  /** Lets go of its streams. What runs may go on: only destroying or sweeping its place ends that. */
  release(): void;
}

/** What a sweep saw. */
export interface Swept {
  /** Processes that were killed for memory so far in this place; null where nobody says. */
  oomKills: number | null;
}

/** Where a command runs: a container, or what stands for one. */
export interface Place {
  start(
    command: { argv: readonly string[]; stdin: RunCommand['stdin'] },
    onData: (stream: StreamName, bytes: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<Running>;
  /** Ends whatever a command left behind. Null means that this could not be confirmed: the place must go. */
  sweep(): Promise<Swept | null>;
  /** Ends everything that runs here, for good. Repeatable; never throws. */
  destroy(): Promise<void>;
}

/** The limit in argv fires first; this much later the server stops believing in it. */
const GRACE_MS = 1_500;
/** How long the stream of a removed container may take to close. */
const CLOSE_MS = 2_000;
const STDERR_KEEP_BYTES = 1024 ** 2;

export interface Attempt {
  result: RunResult;
  /** False where the place has to be replaced before the next command. */
  reusable: boolean;
  /** What `onStdout` or the producer of its input threw, where one did: the command was ended for it. */
  thrown: { error: unknown } | null;
}

interface Streams {
  stdout: Output;
  stderr: Output;
}

/**
 * Runs one command in its place to its end, whatever that is, and leaves no process of it behind. Never throws:
 * what the command, the engine, `onStdout` or the producer of its input did is in the answer.
 */
export async function runCommand(
  { clock }: { clock: Clock },
  place: Place,
  command: RunCommand,
  signal: AbortSignal,
): Promise<Attempt> {
  const started = clock.now();
  const streams: Streams = {
    stdout: createOutput(command.onStdout === undefined ? command.maxOutputBytes : 0),
    stderr: createOutput(Math.min(command.maxOutputBytes, STDERR_KEEP_BYTES)),
  };
  const tap = createTap(command, streams);
  const finish = (ending: Ending, exit: Exit): Attempt => {
    const outcome = outcomeOf({ ending, ...exit, timeoutMs: command.timeoutMs });
    const reusable = exit.swept && (outcome === 'exit' || outcome === 'crash');
    return { result: toResult(outcome, exit, streams, command), reusable, thrown: tap.thrown };
  };
  const elapsed = (): number => clock.now() - started;

  let running: Running;
  try {
    const limit = ['timeout', '-s', 'KILL', seconds(command.timeoutMs)];
    const argv = [...limit, ...withVariables(command.env), ...command.argv];
    running = await place.start(
      { argv, stdin: command.stdin },
      (stream, bytes) => tap.onData(stream, bytes),
      signal,
    );
  } catch {
    await place.destroy();
    return finish(signal.aborted ? 'cancelled' : 'ended', { ...UNKNOWN, elapsedMs: elapsed() });
  }

  // A producer that gives up because all was cancelled is no other reason to end.
  void running.input.over.then((thrown) =>
    thrown === null || signal.aborted ? undefined : tap.fail(thrown.error),
  );
  const ending = await firstEnding(clock, running, tap.failed, command.timeoutMs, signal);
  running.input.stop();
  const elapsedMs = elapsed();
  if (ending !== 'ended') {
    await place.destroy();
    await Promise.race([running.ended, clock.sleep(CLOSE_MS)]);
    running.release();
    return finish(ending, { ...UNKNOWN, elapsedMs });
  }
  const clean = await running.ended;
  const exitCode = await running.exitCode();
  running.release();
  const swept = await place.sweep();
  const oomKills = swept === null ? null : swept.oomKills;
  return finish(ending, { clean, exitCode, elapsedMs, oomKills, swept: swept !== null });
}

function withVariables(env: RunCommand['env']): string[] {
  return env === undefined ? [] : ['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
}

interface Exit {
  clean: boolean;
  exitCode: number | null;
  elapsedMs: number;
  oomKills: number | null;
  swept: boolean;
}

const UNKNOWN = { clean: false, exitCode: null, oomKills: null, swept: false };

interface Tap {
  onData(stream: StreamName, bytes: Uint8Array): void;
  /** Settles where the command must not go on. */
  readonly failed: Promise<Ending>;
  /** What a caller's own part of the command threw. */
  fail(error: unknown): void;
  thrown: { error: unknown } | null;
}

/** Hands output on and notices when there is too much of it, or when the caller's own part of the command broke. */
function createTap(command: RunCommand, streams: Streams): Tap {
  const failed = Promise.withResolvers<Ending>();
  const tap: Tap = {
    thrown: null,
    failed: failed.promise,
    fail(error) {
      tap.thrown ??= { error };
      failed.resolve('cancelled');
    },
    onData(stream, bytes) {
      const output = streams[stream];
      const room = command.maxOutputBytes - output.bytes;
      output.add(bytes);
      if (stream === 'stdout' && command.onStdout !== undefined && room > 0 && tap.thrown === null) {
        try {
          command.onStdout(bytes.subarray(0, room));
        } catch (error) {
          // Thrown inside a socket's event handler it would end the whole process.
          tap.fail(error);
        }
      }
      if (bytes.length > room) failed.resolve('output_overflow');
    },
  };
  return tap;
}

async function firstEnding(
  clock: Clock,
  running: Running,
  failed: Promise<Ending>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Ending> {
  const over = new AbortController();
  const deadline = clock
    .sleep(timeoutMs + GRACE_MS, AbortSignal.any([over.signal, signal]))
    .then((): Ending => (signal.aborted ? 'cancelled' : 'timeout'));
  try {
    return await Promise.race([failed, running.ended.then((): Ending => 'ended'), deadline]);
  } finally {
    over.abort();
  }
}

function toResult(
  outcome: RunResult['outcome'],
  exit: Exit,
  streams: Streams,
  command: RunCommand,
): RunResult {
  const { stdout, stderr } = streams;
  const overfull = stdout.bytes > command.maxOutputBytes;
  return {
    stdout: stdout.text(),
    stderr: stderr.text(),
    exitCode: outcome === 'engine_gone' ? null : exit.exitCode,
    isError: outcome !== 'exit' || exit.exitCode !== 0,
    outcome,
    stdoutBytes: stdout.bytes,
    truncated: stderr.truncated || overfull,
    durationMs: exit.elapsedMs,
  };
}

/** `timeout 0` would mean no limit at all. */
function seconds(ms: number): string {
  return (Math.max(ms, 1) / 1000).toFixed(3);
}
