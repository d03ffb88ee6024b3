import type { Clock, Log, RunCommand, RunResult } from '../../ports.ts';
import type { LiveContainer } from './container.ts';
import type { StreamName } from './demux.ts';
import { httpStatus } from './engine.ts';
import { type RunningExec, startExec } from './exec.ts';
import { type Ending, outcomeOf } from './outcome.ts';
import { createOutput, type Output } from './output.ts';
import { SCRIPT_USER } from './profile.ts';
import { sweep } from './sweep.ts';

/** The limit in argv fires first; this much later the server stops believing in it. */
const GRACE_MS = 1_500;
/** How long the stream of a removed container may take to close. */
const CLOSE_MS = 2_000;
const STDERR_KEEP_BYTES = 1024 ** 2;

export interface Attempt {
  result: RunResult;
  /** False where the container has to be replaced before the next command. */
  reusable: boolean;
  /** What `onStdout` threw, where it did: the command was ended for it. */
  thrown: { error: unknown } | null;
}

interface Streams {
  stdout: Output;
  stderr: Output;
}

/**
 * Runs one command in a container to its end, whatever that is, and leaves no process of it behind. Never throws:
 * what the command, the engine or `onStdout` did is in the answer.
 */
export async function runCommand(
  deps: { clock: Clock; log: Log },
  live: LiveContainer,
  command: RunCommand,
  signal: AbortSignal,
): Promise<Attempt> {
  const { clock, log } = deps;
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

  let exec: RunningExec;
  try {
    exec = await startExec({ clock, signal }, live.handle, {
      user: SCRIPT_USER,
      argv: ['timeout', '-s', 'KILL', seconds(command.timeoutMs), ...command.argv],
      stdin: command.stdin,
      onData: (stream, bytes) => tap.onData(stream, bytes),
    });
  } catch (error) {
    if (!signal.aborted) log('warn', 'the engine did not start a command', { status: httpStatus(error) });
    await live.destroy();
    return finish(signal.aborted ? 'cancelled' : 'ended', { ...UNKNOWN, elapsedMs: elapsed() });
  }

  const ending = await firstEnding(clock, exec, tap.overflowed, command.timeoutMs, signal);
  const elapsedMs = elapsed();
  if (ending !== 'ended') {
    await live.destroy();
    await Promise.race([exec.ended, clock.sleep(CLOSE_MS)]);
    exec.release();
    return finish(ending, { ...UNKNOWN, elapsedMs });
  }
  const clean = await exec.ended;
  const exitCode = await exec.exitCode();
  exec.release();
  const swept = await sweep({ clock }, live.handle);
  const oomKills = swept === null ? null : swept.oomKills;
  return finish(ending, { clean, exitCode, elapsedMs, oomKills, swept: swept !== null });
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
  readonly overflowed: Promise<Ending>;
  thrown: { error: unknown } | null;
}

/** Hands output on and notices when there is too much of it. */
function createTap(command: RunCommand, streams: Streams): Tap {
  const overflow = Promise.withResolvers<Ending>();
  const tap: Tap = {
    thrown: null,
    overflowed: overflow.promise,
    onData(stream, bytes) {
      const output = streams[stream];
      const room = command.maxOutputBytes - output.bytes;
      output.add(bytes);
      if (stream === 'stdout' && command.onStdout !== undefined && room > 0 && tap.thrown === null) {
        try {
          command.onStdout(bytes.subarray(0, room));
        } catch (error) {
          // Thrown inside a socket's event handler it would end the whole process.
          tap.thrown = { error };
          overflow.resolve('output_overflow');
        }
      }
      if (bytes.length > room) overflow.resolve('output_overflow');
    },
  };
  return tap;
}

async function firstEnding(
  clock: Clock,
  exec: RunningExec,
  overflowed: Promise<Ending>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Ending> {
  const over = new AbortController();
  const deadline = clock
    .sleep(timeoutMs + GRACE_MS, AbortSignal.any([over.signal, signal]))
    .then((): Ending => (signal.aborted ? 'cancelled' : 'timeout'));
  try {
    return await Promise.race([overflowed, exec.ended.then((): Ending => 'ended'), deadline]);
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
