import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** A running Azurite blob service. */
export interface Azurite {
  /** Its origin; accounts follow as the first part of the path. */
  readonly origin: string;
  readonly processId: number;
  stop(): Promise<void>;
}

/** Thrown where the package is not installed; the message is the one line that brings it. */
export class AzuriteMissing extends Error {
  override readonly name = 'AzuriteMissing';
  constructor() {
    super('Azurite, the local blob store, is not installed. Bring it with: npm i -D azurite@3.37.0');
  }
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const startDeadlineMilliseconds = 60_000;

/** Starts Azurite over HTTPS on a free port, with these accounts and keys; rejects when it does not come up. */
export async function startAzurite(options: {
  directory: string;
  certificateFile: string;
  keyFile: string;
  accounts: ReadonlyMap<string, string>;
  /** What the child removes when its parent dies without a chance to. */
  removeWhenOrphaned?: string;
}): Promise<Azurite> {
  const accounts = [...options.accounts].map(([name, key]) => `${name}:${key}`).join(';');
  const guard = fileURLToPath(import.meta.url).replace(/azurite(\.\w+)$/u, 'azurite-guard$1');
  const child: Child = spawn(
    process.execPath,
    [guard, azuriteMain(), options.removeWhenOrphaned ?? '', ...flags(options)],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, AZURITE_ACCOUNTS: accounts },
    },
  );
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  try {
    return {
      origin: await listening(child),
      processId: child.pid ?? 0,
      async stop() {
        child.kill('SIGKILL');
        await ended;
      },
    };
  } catch (cause) {
    child.kill('SIGKILL');
    throw cause;
  }
}

function flags(options: { directory: string; certificateFile: string; keyFile: string }): string[] {
  const quiet = ['--skipApiVersionCheck', '--disableTelemetry', '--silent'];
  const secure = ['--oauth', 'basic', '--cert', options.certificateFile, '--key', options.keyFile];
  return [...quiet, ...secure, '--blobHost', '127.0.0.1', '--blobPort', '0', '--location', options.directory];
}

function azuriteMain(): string {
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve('azurite/package.json')), 'dist', 'src', 'blob', 'main.js');
  } catch {
    throw new AzuriteMissing();
  }
}

function listening(child: Child): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (why: string): void => {
      reject(new Error(`Azurite did not start: ${why}. It said: ${said.slice(-500)}`));
    };
    const timer = setTimeout(() => {
      fail('no answer in 60 s');
    }, startDeadlineMilliseconds);
    const hear = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      const origin = /successfully listens on (https:\/\/[\d.:]+)/u.exec(said)?.[1];
      if (origin !== undefined) {
        clearTimeout(timer);
        child.stdout.off('data', hear).resume();
        child.stderr.off('data', hear).resume();
        resolve(origin);
      }
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', (error) => {
      fail(error.message);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`it ended with ${code}`);
    });
  });
}
