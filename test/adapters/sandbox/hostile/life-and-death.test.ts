import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { captureFolder, clock } from '../docker/support.ts';
import { controlInstance } from './engine.ts';
import { engines } from './engines.ts';
import {
  type Arena,
  enter,
  expectAnalysis,
  expectNothingLeft,
  openSession,
  processesThatSee,
  script,
} from './support.ts';

const patience = { timeout: 15_000, interval: 50 };

describe.each(engines)('%s: a script', (_name, engine) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await enter(engine, 'life');
  });
  afterAll(() => arena?.leave());

  it.each([
    [
      'freezes the supervisor that holds its time limit',
      'kill -STOP $PPID; sleep LATER; echo outlived; kill -CONT $PPID',
      { timeoutMs: 300, outcome: 'timeout' },
    ],
    [
      'freezes itself and its supervisor',
      '(sleep LATER; echo outlived; kill -CONT $PPID $$) & kill -STOP $PPID $$',
      { timeoutMs: 300, outcome: 'timeout' },
    ],
    [
      // Which is its end: it has killed itself, long before its time.
      'kills the supervisor that holds its time limit',
      'kill -KILL $PPID; sleep LATER; echo outlived',
      { timeoutMs: 15_000, outcome: 'exit' },
    ],
  ])('that %s is ended by the server', async (_what, text, { timeoutMs, outcome }) => {
    const held = await arena.bash(text.replace('LATER', '60'), { timeoutMs });
    // The same under a limit that nobody but such a supervisor holds.
    const alone = `timeout -s KILL 0.3 bash -c '${text.replace('LATER', '1')}'; sleep 1.5`;
    const control = await engine.control(arena.capture, [], script(alone));

    expect(held).toMatchObject({ outcome, isError: true, stdout: '' });
    expect(control.stdout).toBe('outlived\n');
    await arena.expectUnharmed();
  });

  it('that freezes only itself runs out of time, and one that thaws in its time does not', async () => {
    const freeze = '(sleep 0.8; kill -CONT $$) & kill -STOP $$; echo outlived';

    const held = await arena.bash(freeze, { timeoutMs: 500 });
    const control = await arena.bash(freeze);

    expect(held).toMatchObject({ outcome: 'timeout', stdout: '' });
    expect(control).toMatchObject({ outcome: 'exit', stdout: 'outlived\n' });
    await arena.expectUnharmed();
  });

  it.each([
    ['in a session of its own', 'setsid sleep 300 >/dev/null 2>&1 &'],
    ['as a grandchild of nobody', '(setsid bash -c "(sleep 300 &) >/dev/null 2>&1" &);'],
    [
      'that ignores all signals but one',
      'setsid bash -c "trap \'\' TERM HUP INT QUIT; exec sleep 300" >/dev/null 2>&1 &',
    ],
  ])('leaves a process behind %s: it is gone before the next command', async (_what, escape) => {
    const survivors = 'cat /proc/[0-9]*/comm | grep -c "^sleep$"; true';

    const left = await arena.bash(`${escape} sleep 0.3; echo left`);
    const after = await arena.bash(survivors);
    const control = await engine.control(arena.capture, [], script(`(${escape} sleep 0.3); ${survivors}`));

    expect(left).toMatchObject({ outcome: 'exit', stdout: 'left\n' });
    expect(after.stdout).toBe('0\n');
    expect(Number(control.stdout)).toBeGreaterThanOrEqual(1);
    await arena.expectUnharmed();
  });
});

const FIXTURES = resolve(import.meta.dirname, '../../../fixtures');

function startServer(fixture: string, ...words: readonly string[]) {
  const server = spawn(process.execPath, [join(FIXTURES, fixture), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return {
    pid: server.pid ?? 0,
    said: once(server.stdout, 'data'),
    async killNine(): Promise<void> {
      server.kill('SIGKILL');
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    },
  };
}

describe.each(engines)('%s: a server', (_name, engine) => {
  it('that is killed takes its sandbox with it, not a sibling’s, and its copy of the capture goes with the next start', async () => {
    const arena = await enter(engine, 'sibling');
    const owner = `hostile-${process.pid}-${engine.name}-killed`;
    const staging = join(arena.folder, 'staging');
    const server = startServer('sandbox-holder.ts', arena.folder, owner, engine.name);
    await server.said;
    await vi.waitFor(async () => expect(await engine.traces(owner)).not.toEqual([]), patience);
    const copies = (await readdir(staging)).filter((name) => name.startsWith(owner));
    await arena.bash('echo note > note');

    await server.killNine();

    await vi.waitFor(async () => expect(await engine.traces(owner)).toEqual([]), patience);
    expect((await arena.bash('cat note')).stdout).toBe('note\n');
    const heir = await openSession(engine, join(arena.folder, 'private.pcap'), arena.folder, `${owner}-heir`);
    await expectAnalysis(engine, heir);
    // Only where scripts are another user than the server does a private capture take a copy.
    expect(copies).toHaveLength(engine.name === 'docker' || process.getuid?.() === 0 ? 1 : 0);
    expect((await readdir(staging).catch(() => [])).filter((name) => name.startsWith(`${owner}~`))).toEqual(
      [],
    );
    await heir.stop();
    await expectNothingLeft(engine, owner, join(arena.folder, 'private.pcap'));
    await arena.leave();
  });

  it('that is killed would leave a sandbox behind that does not end with it', async () => {
    const home = await captureFolder();
    const server = startServer('hostile/without-switch.ts', home.capture, engine.name);
    const running = async () => namesOf(await processesThatSee(basename(home.folder)));
    const orphans = controlInstance(server.pid);
    try {
      await vi.waitFor(async () => expect(await running()).toContain('perl'), patience);

      await server.killNine();
      // Several times what the switch takes.
      await clock.sleep(2_000);

      expect(await running()).toContain('perl');
      expect(await engine.traces(orphans)).not.toEqual([]);
    } finally {
      await server.killNine();
      await engine.clear(orphans);
      await expectNothingLeft(engine, orphans, home.folder);
      await home.remove();
    }
  });
});

async function namesOf(pids: readonly string[]): Promise<string[]> {
  return Promise.all(
    pids.map(async (pid) => (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()),
  );
}
