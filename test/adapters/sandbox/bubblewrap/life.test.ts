import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Sandbox, SandboxSession } from '../../../../src/ports.ts';
import { bash, captureFolder, clock, SMALL } from '../docker/support.ts';
import { folderOf, startServer } from './server.ts';
import { bubblewrapHere, bubblewrapIn, processesOf } from './support.ts';

const here = await bubblewrapHere();
const patience = { timeout: 15_000, interval: 50 };
const INSTANCE = `life-${process.pid}`;

let home: Awaited<ReturnType<typeof captureFolder>>;
let sandbox: Sandbox;
beforeAll(async () => {
  home = await captureFolder();
  sandbox = bubblewrapIn(home.folder, { instanceId: INSTANCE });
  if (here) await sandbox.status();
});
afterAll(async () => {
  await home?.remove();
});

const open = (signal = new AbortController().signal): Promise<SandboxSession> =>
  sandbox.open({ capturePath: home.capture, limits: SMALL, signal });

const pidOf = (process: string | undefined): number => Number(/\((\d+)\)$/.exec(process ?? '')?.[1]);

/** SIGKILL to a process, which the end of another may have ended already. */
function kill(name: string): void {
  try {
    process.kill(pidOf(name), 'SIGKILL');
  } catch (error) {
    expect(error).toMatchObject({ code: 'ESRCH' });
  }
}

/** The server that comes after the one of these tests, which it believes to be alive, or not. */
const heir = (alive: boolean): Sandbox =>
  bubblewrapIn(home.folder, { instanceId: 'heir', instanceAlive: () => alive });

/** Opens a session for a test, and sees to it that nothing of it is left. */
async function withSession(work: (session: SandboxSession) => Promise<void>): Promise<void> {
  const session = await open();
  try {
    await work(session);
  } finally {
    await session.stop();
  }
  expect(await processesOf(INSTANCE)).toEqual([]);
}

describe.runIf(here)('a command that ends badly', () => {
  it.each([
    ['timeout', 'echo begun; sleep 60', { timeoutMs: 1_500 }],
    ['timeout', 'echo begun; kill -STOP $PPID; sleep 60', { timeoutMs: 1_500 }],
    ['output_overflow', 'echo begun; yes', { maxOutputBytes: 10_000 }],
    ['output_overflow', 'echo begun; yes >&2', { maxOutputBytes: 10_000 }],
    ['out_of_memory', 'echo begun; tail /dev/zero', {}],
    ['out_of_memory', 'echo begun; tail /dev/zero | wc -c; echo done', {}],
  ])(
    'is called %s: %s; the next has a fresh workspace with the uploads in it',
    async (outcome, script, limits) => {
      await withSession(async (session) => {
        await session.uploadBytes(Buffer.from('kept'), 'note');
        await bash(session, 'echo changed > note; echo made > made');

        const bad = await bash(session, script, limits);
        const next = await bash(session, 'cat note; ls');

        expect(bad).toMatchObject({ outcome, isError: true, stdout: expect.stringMatching(/^begun\n/) });
        expect(next.stdout).toBe('keptnote\npocket.pcap\n');
      });
    },
  );

  it.each(['SEGV', 'ABRT', 'BUS'])('by signal %s is a crash, and keeps the workspace', async (signal) => {
    await withSession(async (session) => {
      await bash(session, 'echo made > made');

      const crashed = await bash(session, `kill -${signal} $$`);

      expect(crashed).toMatchObject({ outcome: 'crash', isError: true });
      expect((await bash(session, 'cat made')).stdout).toBe('made\n');
    });
  });

  it('leaves no process behind, in whatever session it was put', async () => {
    await withSession(async (session) => {
      const left = await bash(session, 'setsid sleep 300 & (setsid sleep 300 >/dev/null 2>&1 &); echo left');
      const running = await processesOf(INSTANCE);

      expect(left).toMatchObject({ stdout: 'left\n', outcome: 'exit' });
      // The one that keeps the workspace.
      expect(running).toHaveLength(1);
    });
  });
});

describe.runIf(here)('cancelling', () => {
  it('ends a running command, keeps what it said, and the session goes on with its uploads', async () => {
    await withSession(async (session) => {
      const stop = new AbortController();
      await session.uploadBytes(Buffer.from('still here'), 'note.txt');

      const result = await bash(session, 'echo begun; sleep 60', {
        signal: stop.signal,
        maxOutputBytes: 1_000,
        onStdout: () => stop.abort(),
      });
      const next = await bash(session, 'cat note.txt');

      expect(result).toMatchObject({ outcome: 'cancelled', isError: true, exitCode: null, stdoutBytes: 6 });
      expect(next.stdout).toBe('still here');
    });
  });

  it.each([0, 1, 2, 4, 8, 12, 16, 24, 32, 48, 64])('of a command after %i ms leaves nothing', async (ms) => {
    await withSession(async (session) => {
      const cancelled = await bash(session, 'sleep 60', { signal: AbortSignal.timeout(ms) });

      expect(cancelled.outcome).toBe('cancelled');
    });
  });

  it.each([0, 1, 3, 6, 12, 24])('of opening after %i ms leaves nothing', async (ms) => {
    const opened = await open(AbortSignal.timeout(ms)).then(
      async (session) => {
        await session.stop();
        return 'was faster';
      },
      (error: unknown) => error,
    );

    if (opened !== 'was faster') expect(opened).toMatchObject({ code: 'CANCELLED' });
    // What was killed may take a moment to be gone.
    await vi.waitFor(async () => expect(await processesOf(INSTANCE)).toEqual([]), patience);
  });
});

describe.runIf(here)('stopping', () => {
  it('ends what runs, may be repeated, and nothing runs afterwards', async () => {
    const session = await open();
    const running = bash(session, 'sleep 60');

    await Promise.all([session.stop(), session.stop()]);
    await session.stop();

    expect((await running).outcome).toBe('cancelled');
    expect(await processesOf(INSTANCE)).toEqual([]);
    await expect(bash(session, 'echo no')).rejects.toMatchObject({ code: 'SANDBOX_FAILED' });
  });
});

describe.runIf(here)('two sessions at once', () => {
  it('see nothing of each other, and one’s end is not the other’s', async () => {
    const [one, other] = await Promise.all([open(), open()]);
    const slow = bash(one, 'echo mine > mine; sleep 1; cat mine');
    const look = await bash(other, 'ls; cat /proc/[0-9]*/comm | grep -c sleep');
    await other.stop();

    expect(look.stdout).toBe('pocket.pcap\n0\n');
    expect((await slow).stdout).toBe('mine\n');
    await one.stop();
    expect(await processesOf(INSTANCE)).toEqual([]);
  });
});

describe.runIf(here)('a sandbox that goes away', () => {
  it('under a command is called a lost engine, and the next command has a new one with the uploads', async () => {
    await withSession(async (session) => {
      await session.uploadBytes(Buffer.from('kept'), 'note');
      const holders = await processesOf(INSTANCE);

      const begun = Promise.withResolvers<void>();
      const running = bash(session, 'echo begun; sleep 60', {
        maxOutputBytes: 1_000,
        onStdout: () => begun.resolve(),
      });
      await begun.promise;
      for (const name of await processesOf(INSTANCE)) {
        if (!holders.includes(name) && name.startsWith('bwrap')) kill(name);
      }
      const lost = await running;

      expect(lost).toMatchObject({ outcome: 'engine_gone', isError: true, exitCode: null });
      expect((await bash(session, 'cat note')).stdout).toBe('kept');
    });
  });

  it('between two commands goes unnoticed', async () => {
    await withSession(async (session) => {
      for (const holder of await processesOf(INSTANCE)) kill(holder);
      await vi.waitFor(async () => expect(await processesOf(INSTANCE)).toEqual([]), patience);

      expect((await bash(session, 'echo here')).stdout).toBe('here\n');
    });
  });
});

describe.runIf(here)('a server killed with -9', () => {
  it('takes everything with it: processes, mounts, and at the next start its copy of the capture', async () => {
    const owner = await folderOf(process.getuid?.() ?? 0);
    const killed = `killed-${process.pid}`;
    const server = startServer(owner.folder, killed, 0);
    await server.next();
    expect(await server.next()).toEqual({ said: 'holding\n' });

    await server.killNine();
    await vi.waitFor(async () => expect(await processesOf(killed)).toEqual([]), patience);
    const heir = await bubblewrapIn(owner.folder).open({
      capturePath: join(owner.folder, 'private.pcap'),
      signal: new AbortController().signal,
    });
    const staged = await readdir(join(owner.folder, 'staging')).catch(() => []);
    await heir.stop();
    const mounts = await readFile('/proc/self/mountinfo', 'utf8');
    await owner.remove();

    expect(staged.filter((name) => name.startsWith(killed))).toEqual([]);
    expect(mounts).not.toContain(basename(owner.folder));
  });
});

describe.runIf(here)('a server killed with -9 while it starts one command after another', () => {
  it.each([20, 90, 250])('leaves nothing: %i ms after the first', async (ms) => {
    const owner = await folderOf(0);
    const killed = `killed-${process.pid}-${ms}`;
    const server = startServer(owner.folder, killed, 0, Array<string>(200).fill('true'));
    await server.next();
    await clock.sleep(ms);

    await server.killNine();

    await vi.waitFor(async () => expect(await processesOf(killed)).toEqual([]), patience);
    await owner.remove();
  });
});

describe.runIf(here)('leftovers', () => {
  it('are processes whose server is dead, never a living sibling’s, and removal checks again', async () => {
    const session = await open();
    const holder = pidOf((await processesOf(INSTANCE))[0]);
    const ofLiving = await heir(true).leftovers();
    const ofDead = await heir(false).leftovers();
    const mine = ofDead.filter(({ id }) => id.startsWith(`${holder}-`));
    for (const { id } of mine) {
      await heir(true).remove(id);
      await heir(false).remove(`${id}1`);
    }
    const still = await bash(session, 'echo there');
    for (const { id } of mine) await heir(false).remove(id);
    await vi.waitFor(async () => expect(await processesOf(INSTANCE)).toEqual([]), patience);
    await session.stop();

    expect(ofLiving).toEqual([]);
    expect(mine).toMatchObject([{ reason: 'the process that made it is gone' }]);
    expect(still.stdout).toBe('there\n');
  });
});
