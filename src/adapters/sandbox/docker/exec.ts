import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import type { Clock, RunCommand } from '../../../ports.ts';
import { writeInput } from '../input.ts';
import type { Running, StreamName } from '../run-command.ts';
import { createDemux } from './demux.ts';
import { bounded } from './engine.ts';

export interface ExecRequest {
  user: string;
  argv: readonly string[];
  stdin?: RunCommand['stdin'];
  onData: (stream: StreamName, bytes: Uint8Array) => void;
}

const INSPECT_TRIES = 20;
const INSPECT_PAUSE_MS = 25;
const INSPECT_MS = 5_000;

/** Starts one command in a running container and reads its output to the end, without ever pausing the stream. */
export async function startExec(
  deps: { clock: Clock; signal?: AbortSignal | undefined },
  container: Docker.Container,
  request: ExecRequest,
): Promise<Running> {
  const { clock, signal } = deps;
  const exec = await bounded(
    container.exec({
      User: request.user,
      Cmd: [...request.argv],
      AttachStdin: request.stdin !== undefined,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
    }),
    { clock, signal },
  );
  const stream = await bounded(exec.start({ hijack: true, stdin: true, Tty: false }), {
    clock,
    signal,
    late: (stream) => stream.on('error', () => undefined).destroy(),
  });
  const ended = drain(stream, request.onData);
  // A command that reads nothing has no input to end: the engine would take that for the end of all.
  const input = writeInput(request.stdin === undefined ? null : stream, request.stdin);
  return {
    ended,
    input,
    exitCode: () => readExitCode(clock, exec),
    release: () => stream.destroy(),
  };
}

function drain(stream: Duplex, onData: ExecRequest['onData']): Promise<boolean> {
  const demux = createDemux(onData);
  return new Promise((resolve) => {
    const done = (): void => resolve(!demux.desynced && !demux.midFrame);
    stream.on('data', (chunk: Buffer) => demux.push(chunk));
    stream.on('end', done).on('close', done).on('error', done);
  });
}

/** The code can be a moment late: an exec may still count as running when its streams have ended. */
async function readExitCode(clock: Clock, exec: Docker.Exec): Promise<number | null> {
  for (let attempt = 0; attempt < INSPECT_TRIES; attempt += 1) {
    try {
      const state = await bounded(exec.inspect(), { clock, ms: INSPECT_MS });
      if (!state.Running && state.ExitCode !== null) return state.ExitCode;
    } catch {
      return null;
    }
    await clock.sleep(INSPECT_PAUSE_MS);
  }
  return null;
}
