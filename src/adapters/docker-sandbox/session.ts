import { readFile, stat } from 'node:fs/promises';
import type Docker from 'dockerode';
import { CapwrightError } from '../../domain/errors.ts';
import type { RunCommand, RunResult, SandboxSession } from '../../ports.ts';
import { fileFailure } from './file-failure.ts';
import { createLife, type Life, type LifeDeps } from './life.ts';
import { runCommand } from './run.ts';
import { createTurns, type Turns } from './turns.ts';
import { workspacePath } from './upload.ts';

export interface SessionDeps extends LifeDeps {
  workspaceBytes: number;
  isolation: string;
  readTsharkVersion: (container: Docker.Container, signal: AbortSignal) => Promise<string>;
  /** Turns what the engine threw into a CapwrightError. */
  explain: (error: unknown) => Promise<CapwrightError>;
  /** Gives back what the session was given: the staged capture. */
  release: () => Promise<void>;
}

interface Inside {
  deps: SessionDeps;
  life: Life;
  turns: Turns;
  closing: AbortSignal;
}

/**
 * Opens a session with its first container running. Commands and uploads run one at a time, in the order of their
 * calls. After a timeout, out of memory, overflow, cancellation or a lost engine the container is replaced before
 * the next command: uploads are there again, files that commands wrote are not.
 */
export async function openSession(deps: SessionDeps, signal: AbortSignal): Promise<SandboxSession> {
  const closing = new AbortController();
  const inside: Inside = { deps, life: createLife(deps), turns: createTurns(), closing: closing.signal };
  const { life, turns } = inside;
  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    closing.abort();
    await turns(() => life.discard());
    await deps.release();
  };
  const tsharkVersion = await guarded(inside, async () =>
    deps.readTsharkVersion((await life.container(0, signal)).handle, signal),
  );
  return {
    uploadBytes: (bytes, sandboxPath) => uploadBytes(inside, bytes, sandboxPath),
    async uploadFile(localPath, sandboxPath) {
      checkSize(deps, (await stat(localPath).catch(fileFailure)).size);
      await uploadBytes(inside, await readFile(localPath).catch(fileFailure), sandboxPath);
    },
    run: (command) => run(inside, command),
    stop: () => (stopping ??= stop()),
    isolation: deps.isolation,
    tsharkVersion,
  };
}

async function uploadBytes(inside: Inside, bytes: Uint8Array, sandboxPath: string): Promise<void> {
  const { deps, life, turns, closing } = inside;
  const path = workspacePath(sandboxPath);
  checkSize(deps, bytes.length);
  checkOpen(closing);
  await turns(() => guarded(inside, () => life.remember(path, bytes, closing)), closing);
}

async function run(inside: Inside, command: RunCommand): Promise<RunResult> {
  const { deps, life, turns, closing } = inside;
  checkArguments(command.argv);
  checkOpen(closing);
  const signal = command.signal === undefined ? closing : AbortSignal.any([closing, command.signal]);
  const started = deps.clock.now();
  try {
    const attempt = await turns(
      () =>
        guarded(inside, async () => {
          const container = await life.container(command.timeoutMs, signal);
          const attempt = await runCommand(deps, container, command, signal);
          if (!attempt.reusable) await life.discard();
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

/** Whatever throws leaves the container in doubt, so it goes. */
async function guarded<T>(inside: Inside, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await inside.life.discard();
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
