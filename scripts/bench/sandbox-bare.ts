import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { buffer, text } from 'node:stream/consumers';
import { join } from 'node:path';
import { NO_ISOLATION } from '../../src/domain/isolation.ts';
import type { RunCommand, RunResult, Sandbox, SandboxSession } from '../../src/ports.ts';

const WORKSPACE = '/workspace';

/** A place of this machine where the same tools run without any sandbox: what a sandbox is compared with. */
export interface Bare {
  tsharkVersion: string;
  sandbox: Sandbox;
}

/** The tools of this machine; null where it has no tshark. Only for files that this benchmark made itself. */
export function bareHost(folder: string): Bare | null {
  const workspace = (): string => mkdtempSync(join(folder, 'bare-'));
  return bareWhere({ prefix: [], workspace, seenAs: (path) => path });
}

/**
 * The files of a Docker image, unpacked below `folder` and run by chroot: the very tshark of the image, and nothing of
 * Docker. Null where this user may not change the root.
 */
export function bareImage(image: string, folder: string): Bare | null {
  if (process.getuid?.() !== 0) return null;
  const root = join(folder, 'image');
  mkdirSync(root);
  const id = execFileSync('docker', ['create', image], { encoding: 'utf8' }).trim();
  try {
    const unpack =
      'docker export "$1" | tar -x -C "$2" && rm -f "$2/dev/null" && mknod -m 666 "$2/dev/null" c 1 3';
    execFileSync('bash', ['-o', 'pipefail', '-c', unpack, 'unpack', id, root], { stdio: 'pipe' });
  } finally {
    execFileSync('docker', ['rm', '-f', id], { stdio: 'ignore' });
  }
  const workspace = (): string => mkdtempSync(join(root, 'tmp', 'bare-'));
  return bareWhere({ prefix: ['chroot', root], workspace, seenAs: (path) => path.slice(root.length) });
}

interface Where {
  prefix: readonly string[];
  workspace: () => string;
  /** The name that a command there has for a path of this machine. */
  seenAs: (path: string) => string;
}

function bareWhere(where: Where): Bare | null {
  const tsharkVersion = firstLine([...where.prefix, 'tshark', '-v']);
  if (tsharkVersion === null) return null;
  const open = async ({ capturePath }: { capturePath: string }): Promise<SandboxSession> => {
    const folder = where.workspace();
    copyFileSync(capturePath, join(folder, 'pocket.pcap'));
    chmodSync(folder, 0o755);
    return bareSession(where, folder, tsharkVersion);
  };
  return {
    tsharkVersion,
    sandbox: {
      open,
      status: async () => ({ ready: true, detail: 'bare', fix: null, isolation: NO_ISOLATION }),
      leftovers: async () => [],
      remove: async () => undefined,
    },
  };
}

function bareSession(where: Where, folder: string, tsharkVersion: string): SandboxSession {
  const inside = where.seenAs(folder);
  const moved = (words: string): string => words.replaceAll(WORKSPACE, inside);
  const uploadBytes = async (bytes: Uint8Array, path: string): Promise<void> =>
    writeFileSync(join(folder, path.replace(`${WORKSPACE}/`, '')), moved(Buffer.from(bytes).toString()));
  return {
    isolation: NO_ISOLATION,
    tsharkVersion,
    tools: [tsharkVersion],
    uploadBytes,
    uploadFile: async (path, sandboxPath) => uploadBytes(readFileSync(path), sandboxPath),
    run: (command) => run([...where.prefix, ...command.argv.map(moved)], folder, command),
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function run(argv: readonly string[], cwd: string, command: RunCommand): Promise<RunResult> {
  const [program = '', ...args] = argv;
  const start = performance.now();
  const child = spawn(program, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin:/usr/sbin', HOME: '/nonexistent', TMPDIR: cwd, TZ: 'UTC', LC_ALL: 'C.UTF-8' },
  });
  let stdoutBytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    stdoutBytes += chunk.length;
    command.onStdout?.(chunk);
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [kept, stderr] = await Promise.all([
    command.onStdout === undefined ? buffer(child.stdout) : Buffer.alloc(0),
    text(child.stderr),
  ]);
  const exitCode = await ended;
  return {
    stdout: kept.toString(),
    stderr,
    exitCode,
    isError: exitCode !== 0,
    outcome: 'exit',
    stdoutBytes,
    truncated: false,
    durationMs: performance.now() - start,
  };
}

function firstLine([program = '', ...args]: readonly string[]): string | null {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync(program, args, { encoding: 'utf8', stdio }).split('\n')[0] ?? null;
  } catch {
    return null;
  }
}
