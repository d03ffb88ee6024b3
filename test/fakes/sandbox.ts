import type { Isolation, RunCommand, RunResult, Sandbox, SandboxSession } from '../../src/ports.ts';

/** What one command does; anything left out is a success that prints nothing. */
export type Behaviour = (command: RunCommand, script: string) => Partial<RunResult> | Error;

export interface FakeSandbox extends Sandbox {
  /** The argv of every command, joined by blanks. */
  readonly commands: string[];
  /** Every file that was uploaded, in order, with its path. */
  readonly uploads: { path: string; text: string }[];
  opened: number;
  stopped: number;
}

/**
 * A sandbox that runs nothing: `chmod` and `bash -n` succeed, and `behaviour` decides what a script run gives.
 * It may return an error, which the command then throws.
 */
export function createFakeSandbox(
  behaviour: Behaviour,
  inside: { tools?: readonly string[] } = {},
): FakeSandbox {
  const fake: FakeSandbox = {
    commands: [],
    uploads: [],
    opened: 0,
    stopped: 0,
    open() {
      fake.opened += 1;
      return Promise.resolve({ ...sessionOf(fake, behaviour), ...inside });
    },
    status: () =>
      Promise.resolve({ ready: true, detail: 'fake engine', fix: null, isolation: FAKE_ISOLATION }),
    leftovers: () => Promise.resolve([]),
    remove: () => Promise.resolve(),
  };
  return fake;
}

const FAKE_ISOLATION: Isolation = { engine: 'none', description: 'fake sandbox', lacks: ['It is a fake.'] };

function sessionOf(fake: FakeSandbox, behaviour: Behaviour): SandboxSession {
  return {
    isolation: FAKE_ISOLATION,
    tsharkVersion: 'TShark (Wireshark) 4.4.9',
    tools: ['TShark (Wireshark) 4.4.9', 'jq-1.7'],
    uploadFile: () => Promise.resolve(),
    uploadBytes(bytes, path) {
      fake.uploads.push({ path, text: new TextDecoder().decode(bytes) });
      return Promise.resolve();
    },
    run(command) {
      fake.commands.push(command.argv.join(' '));
      const result = behaviour(command, fake.uploads.at(-1)?.text ?? '');
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(resultOf(result));
    },
    stop() {
      fake.stopped += 1;
      return Promise.resolve();
    },
  };
}

function resultOf(result: Partial<RunResult>): RunResult {
  const outcome = result.outcome ?? 'exit';
  const exitCode = result.exitCode ?? (outcome === 'exit' ? 0 : null);
  return {
    stdout: '',
    stderr: '',
    stdoutBytes: result.stdout?.length ?? 0,
    truncated: false,
    durationMs: 12,
    ...result,
    outcome,
    exitCode,
    isError: exitCode !== 0,
  };
}
