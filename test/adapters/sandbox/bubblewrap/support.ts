import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BubblewrapSandboxDeps,
  createBubblewrapSandbox,
} from '../../../../src/adapters/sandbox/bubblewrap/bubblewrap-sandbox.ts';
import {
  holderCommand,
  MARKER,
  sandboxedCommand,
} from '../../../../src/adapters/sandbox/bubblewrap/command-line.ts';
import { startHolder } from '../../../../src/adapters/sandbox/bubblewrap/holder.ts';
import { type Host, readHost } from '../../../../src/adapters/sandbox/bubblewrap/host.ts';
import { createPlace } from '../../../../src/adapters/sandbox/bubblewrap/place.ts';
import { compileSeccomp } from '../../../../src/adapters/sandbox/bubblewrap/seccomp-filter.ts';
import { runCommand } from '../../../../src/adapters/sandbox/run-command.ts';
import type { RunResult } from '../../../../src/ports.ts';
import { clock, SANDBOX_DIR, SMALL } from '../docker/support.ts';

export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function bubblewrapIn(folder: string, deps: Partial<BubblewrapSandboxDeps> = {}) {
  return createBubblewrapSandbox({
    sandboxDir: SANDBOX_DIR,
    stagingDir: join(folder, 'staging'),
    instanceId: `test-${process.pid}`,
    instanceAlive: () => false,
    clock,
    log: () => undefined,
    ...deps,
  });
}

/** False, and a loud line on stderr, where bubblewrap cannot hold anything on this machine. */
export async function bubblewrapHere(): Promise<boolean> {
  const { ready, detail, fix } = await bubblewrapIn('').status();
  if (!ready)
    process.stderr.write(`!! NOT TESTED: no bubblewrap sandbox here. ${detail} To change that: ${fix}\n`);
  return ready;
}

/** What a sandbox is made of, to be weakened: `holder` and `command` are argument vectors. */
export interface Parts {
  holder: string[];
  command: string[];
  seccomp: Uint8Array;
}

/** Runs a command in the real sandbox with a hole in it: the control of an attack. */
export async function runWeakened(
  capture: string,
  argv: readonly string[],
  weaken: (parts: Parts) => void,
): Promise<RunResult> {
  const host = await thisHost();
  const seccomp = compileSeccomp(seccompProfile(), host.platform);
  const parts: Parts = { holder: holderCommand(host, capture, SMALL), command: [], seccomp };
  weaken(parts);
  const env = { PATH: SYSTEM_PATH, [MARKER]: `weak-${process.pid}` };
  const { signal } = new AbortController();
  const holder = await startHolder(clock, parts.holder, env, signal);
  const place = createPlace({
    clock,
    holder,
    env,
    seccomp,
    memoryBytes: SMALL.memoryBytes,
    commandLine: (argv) => {
      parts.command = sandboxedCommand(host, holder.pid, SMALL, argv);
      weaken(parts);
      return parts.command;
    },
  });
  try {
    const command = { argv, timeoutMs: 20_000, maxOutputBytes: 1024 ** 2 };
    return (await runCommand({ clock }, place, command, signal)).result;
  } finally {
    await place.destroy();
  }
}

export const seccompProfile = (): unknown =>
  JSON.parse(readFileSync(join(SANDBOX_DIR, 'seccomp.json'), 'utf8'));

async function thisHost(): Promise<Host> {
  const host = await readHost(SYSTEM_PATH);
  if (host === null) throw new Error('no sandbox can be made on this system');
  return host;
}

/** Processes of an instance's sandboxes that run now, whatever their user, as `name (pid)`. */
export async function processesOf(instanceId: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    if (!environment.split('\0').includes(`${MARKER}=${instanceId}`)) continue;
    const name = await readFile(`/proc/${pid}/comm`, 'latin1').catch(() => null);
    if (name !== null) found.push(`${name.trim()} (${pid})`);
  }
  return found;
}
