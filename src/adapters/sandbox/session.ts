import { readFile, stat } from 'node:fs/promises';
import { CapwrightError } from '../../domain/errors.ts';
import type { Clock, Isolation, RunCommand, RunResult, SandboxSession } from '../../ports.ts';
import { fileFailure } from './file-failure.ts';
import { type Place, runCommand } from './run-command.ts';
import type { Tools } from './tools.ts';
import { createTurns, type Turns } from './turns.ts';
import { workspacePath } from './workspace.ts';

/** The place of a session, replaced whenever it died, was discarded, or has too little time left. */
export interface Life {
  /** A place that lives for at least `lifeMs` more, with every remembered upload in it. */
  place(lifeMs: number, signal: AbortSignal): Promise<Place>;
  /** Uploads to the place and to each that follows it. */
  remember(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  discard(): Promise<void>;
}

export interface SessionDeps {
  clock: Clock;
  life: Life;
  workspaceBytes: number;
  isolation: Isolation;
  /** What is installed where commands run; asked for once, in the first place. */
  readTools: (signal: AbortSignal) => Promise<Tools>;
  /** Turns what the engine threw into a CapwrightError. */
  explain: (error: unknown) => Promise<CapwrightError>;
  /** Gives back what the session was given: the staged capture. */
  release: () => Promise<void>;
}

interface Inside {
  deps: SessionDeps;
  turns: Turns;
  closing: AbortSignal;
}

/**
 * Opens a session with its first place ready. Commands and uploads run one at a time, in the order of their
 * calls. After a timeout, out of memory, overflow, cancellation or a lost engine the place is replaced before
 * the next command: uploads are there again, files that commands wrote are not.
 */
export async function openSession(deps: SessionDeps, signal: AbortSignal): Promise<SandboxSession> {
  const closing = new AbortController();
  const inside: Inside = { deps, turns: createTurns(), closing: closing.signal };
  const { turns } = inside;
  const { life } = deps;
  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    closing.abort();
    await turns(() => life.discard());
    await deps.release();
  };
  const tools = await guarded(inside, async () => {
    await life.place(0, signal);
    return deps.readTools(signal);
  });
  return {
    uploadBytes: (bytes, sandboxPath) => uploadBytes(inside, bytes, sandboxPath),
    async uploadFile(localPath, sandboxPath) {
      checkSize(deps, (await stat(localPath).catch(fileFailure)).size);
      await uploadBytes(inside, await readFile(localPath).catch(fileFailure), sandboxPath);
    },
    run: (command) => run(inside, command),
    stop: () => (stopping ??= stop()),
    isolation: deps.isolation,
    ...tools,
  };
}

async function uploadBytes(inside: Inside, bytes: Uint8Array, sandboxPath: string): Promise<void> {
  const { deps, turns, closing } = inside;
  const path = workspacePath(sandboxPath);
  checkSize(deps, bytes.length);
  checkOpen(closing);
  await turns(() => guarded(inside, () => deps.life.remember(path, bytes, closing)), closing);
}

async function run(inside: Inside, command: RunCommand): Promise<RunResult> {
  const { deps, turns, closing } = inside;
  checkArguments([...command.argv, ...Object.values(command.env ?? {})]);
  checkOpen(closing);
  const signal = command.signal === undefined ? closing : AbortSignal.any([closing, command.signal]);
  const started = deps.clock.now();
  try {
    const attempt = await turns(
      () =>
        guarded(inside, async () => {
          const place = await deps.life.place(command.timeoutMs, signal);
          const attempt = await runCommand(deps, place, command, signal);
          if (!attempt.reusable) await deps.life.discard();
          return attempt;
        }),
      signal,
    );
    if (attempt.thrown !== null) throw attempt.thrown.error;
    return attempt.result;
  } catch (error) {
    if (signal.aborted && error instanceof CapwrightError && error.code === 'CANCELLED') {
      return cancelledResult(deps.clock.now() - started);
    }
    throw error;
  }
}

/** Whatever throws leaves the place in doubt, so it goes. */
async function guarded<T>(inside: Inside, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await inside.deps.life.discard();
    throw await inside.deps.explain(error);
  }
}

function cancelledResult(durationMs: number): RunResult {
  const nothing = { stdout: '', stderr: '', exitCode: null, stdoutBytes: 0, truncated: false };
  return { ...nothing, isError: true, outcome: 'cancelled', durationMs };
}

function checkOpen(closing: AbortSignal): void {
  if (!closing.aborted) return;
  throw new CapwrightError('SANDBOX_FAILED', 'The sandbox session is over.', 'Open a new one.');
}

function checkSize(deps: SessionDeps, bytes: number): void {
  if (bytes <= deps.workspaceBytes) return;
  throw new CapwrightError(
    'INVALID_ARGUMENT',
    'The file is larger than the sandbox’s workspace.',
    `Upload at most ${deps.workspaceBytes} bytes.`,
  );
}

/** The kernel takes no longer argument (MAX_ARG_STRLEN). */
const MAX_ARGUMENT_BYTES = 128 * 1024 - 1;

function checkArguments(argv: readonly string[]): void {
  if (argv.length > 0 && argv.every(fitsTheKernel)) return;
  throw new CapwrightError(
    'INVALID_ARGUMENT',
    'A command for the sandbox is empty, or has an argument with a zero byte or of more than 128 KiB.',
    'Pass long scripts on standard input (`bash -s`), or upload them.',
  );
}

function fitsTheKernel(argument: string): boolean {
  return !argument.includes('\0') && Buffer.byteLength(argument) <= MAX_ARGUMENT_BYTES;
}
