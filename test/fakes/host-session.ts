import { execFileSync, spawn } from 'node:child_process';
import { writeInput } from '../../src/adapters/sandbox/input.ts';
import { CAPTURE_PATH, type RunCommand, type RunResult, type SandboxSession } from '../../src/ports.ts';

/**
 * A session without isolation, over the tools of this machine: for tests of what reads tshark's output, where the
 * sandbox is not the subject. Never for the product.
 */
export function createHostSession(capturePath: string): SandboxSession {
  return {
    isolation: { engine: 'none', description: 'no sandbox (tests only)', lacks: [] },
    tools: [],
    tsharkVersion: hostTshark() ?? 'absent',
    uploadFile: refuse,
    uploadBytes: refuse,
    stop: () => Promise.resolve(),
    run: (command) => runOnHost(command, capturePath),
  };
}

const refuse = (): Promise<never> => Promise.reject(new Error('The host session takes no files.'));

/** First line of `tshark -v` on this machine, or null where it has none. */
export function hostTshark(): string | null {
  try {
    return (
      execFileSync('tshark', ['-v'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
        '\n',
      )[0] ?? null
    );
  } catch {
    return null;
  }
}

function runOnHost(command: RunCommand, capturePath: string): Promise<RunResult> {
  const [program = '', ...args] = command.argv.map((part) => (part === CAPTURE_PATH ? capturePath : part));
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    // Node's pipes are sockets, from which tshark does not read.
    const [shell, ...behind] = ['bash', '-c', 'exec 0< <(exec cat); exec "$0" "$@"', program, ...args];
    const child =
      command.stdin === undefined
        ? spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], signal: command.signal })
        : spawn(shell ?? '', behind, { stdio: ['pipe', 'pipe', 'pipe'], signal: command.signal });
    const input = writeInput(child.stdin, command.stdin);
    let outcome: RunResult['outcome'] = 'exit';
    let stdout = '';
    let stderr = '';
    let stdoutBytes = 0;
    const end = (reason: RunResult['outcome']): void => {
      outcome = reason;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => end('timeout'), command.timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      stdoutBytes += chunk.length;
      if (stdoutBytes > command.maxOutputBytes) end('output_overflow');
      else if (command.onStdout === undefined) stdout += chunk.toString('utf8');
      else command.onStdout(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    child.on('error', (error) => {
      if (command.signal?.aborted) outcome = 'cancelled';
      else reject(error);
    });
    child.on('close', (exitCode) => {
      clearTimeout(timer);
      input.stop();
      const durationMs = performance.now() - startedAt;
      const truncated = outcome === 'output_overflow';
      resolve({
        stdout,
        stderr,
        exitCode,
        isError: exitCode !== 0,
        outcome,
        stdoutBytes,
        truncated,
        durationMs,
      });
    });
  });
}
