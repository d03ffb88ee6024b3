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
import { readHost } from '../../../../src/adapters/sandbox/bubblewrap/host.ts';
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

/** Runs a command in a sandbox on a machine that has just so much memory left. */
export async function runWhereLeft(
  availableBytes: number,
  capture: string,
  argv: readonly string[],
): Promise<RunResult> {
  const host = await readHost(SYSTEM_PATH);
  if (host === null) throw new Error('no sandbox can be made on this system');
  const env = { PATH: SYSTEM_PATH, [MARKER]: `left-${process.pid}` };
  const { signal } = new AbortController();
  const holder = await startHolder(clock, holderCommand(host, capture, SMALL), env, signal);
  const place = createPlace({
    clock,
    holder,
    env,
    seccomp: compileSeccomp(seccompProfile(), host.platform),
    memoryBytes: SMALL.memoryBytes,
    availableBytes: async () => availableBytes,
    commandLine: (argv) => sandboxedCommand(host, holder.pid, SMALL, argv),
  });
  try {
    const command = { argv, timeoutMs: 10_000, maxOutputBytes: 1_000 };
    return (await runCommand({ clock }, place, command, signal)).result;
  } finally {
    await place.destroy();
  }
}

export const seccompProfile = (): unknown =>
  JSON.parse(readFileSync(join(SANDBOX_DIR, 'seccomp.json'), 'utf8'));

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
