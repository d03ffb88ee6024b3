import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { expect, vi } from 'vitest';
import type { SandboxSession } from '../../../../src/ports.ts';
import { bash, captureFolder } from '../docker/support.ts';
import { type Engine, LIMITS, openSession, type Said } from './engine.ts';
import type { RunCommand, RunResult, SandboxLimits } from '../../../../src/ports.ts';

/** A session under attack, the capture it is about, and the questions that follow every attack. */
export interface Arena {
  folder: string;
  capture: string;
  owner: string;
  session: SandboxSession;
  bash(script: string, options?: Partial<RunCommand>): Promise<RunResult>;
  run(argv: readonly string[], options?: Partial<RunCommand>): Promise<RunResult>;
  /** Another session beside it, of the instance `guest`. */
  open(limits?: Partial<SandboxLimits>, capture?: string): Promise<SandboxSession>;
  guest: string;
  /** `run` in such a session. */
  under(limits: Partial<SandboxLimits>, argv: readonly string[]): Promise<RunResult>;
  /** The next analysis works, the capture is what it was, and nothing of the attack runs any more. */
  expectUnharmed(): Promise<void>;
  /** Ends the session and shows that nothing of it is left on this host. */
  leave(): Promise<void>;
}

export const script = (text: string): string[] => ['bash', '-c', text];

/** An attacker's program, written in Perl, which every image has. */
export async function program(name: string): Promise<string[]> {
  const path = resolve(import.meta.dirname, '../../../fixtures/hostile', name);
  return ['perl', '-e', await readFile(path, 'utf8')];
}

export const linesOf = ({ stdout }: Said | RunResult): string[] =>
  stdout.split('\n').filter((line) => line !== '');

export async function enter(engine: Engine, theme: string): Promise<Arena> {
  const home = await captureFolder();
  const owner = `hostile-${process.pid}-${theme}`;
  const { folder, capture } = home;
  const session = await openSession(engine, capture, folder, owner);
  const guest = `${owner}-guest`;
  // One for all: each first has to look at what it stands on.
  const sandbox = engine.sandbox(folder, { instanceId: guest });
  const open: Arena['open'] = async (limits, capturePath = capture) =>
    sandbox.open({
      capturePath,
      limits: { ...LIMITS, ...limits },
      signal: new AbortController().signal,
    });
  const before = await digest(capture);
  const run: Arena['run'] = (argv, options) =>
    session.run({ argv, timeoutMs: 20_000, maxOutputBytes: 1024 ** 2, ...options });
  return {
    folder,
    capture,
    owner,
    session,
    run,
    bash: (text, options) => bash(session, text, options),
    guest,
    open,
    async under(limits, argv) {
      const other = await open(limits);
      try {
        return await other.run({ argv, timeoutMs: 20_000, maxOutputBytes: 1024 ** 2 });
      } finally {
        await other.stop();
      }
    },
    async expectUnharmed() {
      await expectAnalysis(engine, session);
      expect(await digest(capture)).toBe(before);
    },
    async leave() {
      try {
        await session.stop();
        for (const instance of [owner, guest]) await expectNothingLeft(engine, instance, folder);
      } finally {
        await home.remove();
      }
    },
  };
}

/** tshark reads the capture, and what runs beside it is only the engine's own. */
export async function expectAnalysis(engine: Engine, session: SandboxSession): Promise<void> {
  const result = await bash(session, 'cat /proc/[0-9]*/comm; tshark -n -r pocket.pcap | wc -l');
  const names = result.stdout.trim().split('\n');
  expect([result.outcome, names.pop()]).toEqual(['exit', '3']);
  expect(names.filter((name) => ![...engine.ownProcesses, 'bash'].includes(name))).toEqual([]);
}

/** No container, process, mount or file: asked of the engine, of /proc and of the folders, for as long as it takes. */
export async function expectNothingLeft(engine: Engine, owner: string, folder: string): Promise<void> {
  const mine = basename(folder);
  await vi.waitFor(
    async () => {
      expect(await engine.traces(owner)).toEqual([]);
      expect(await processesThatSee(mine)).toEqual([]);
    },
    { timeout: 15_000, interval: 50 },
  );
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(mine);
  expect(await readdir(join(folder, 'staging')).catch(() => [])).toEqual([]);
}

/** Processes, of any engine, in whose view of the file system something of this folder is mounted. */
export async function processesThatSee(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const seeing = await Promise.all(
    pids.map(async (pid) =>
      (await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '')).includes(folder),
    ),
  );
  return pids.filter((_pid, index) => seeing[index]);
}

async function digest(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

export { LIMITS, openSession };
