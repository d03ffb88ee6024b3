import { access } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivateEngine, privateEngineMissing, startPrivateEngine } from './private-engine.ts';
import { bash, captureFolder, containersOf, sandboxIn, SMALL } from './support.ts';

const RUNSC = '/usr/bin/runsc';
const missing =
  (await privateEngineMissing()) ??
  (await access(RUNSC).then(
    () => null,
    () => RUNSC,
  ));
if (missing !== null) process.stderr.write(`LEFT OUT: sessions on gVisor (needs ${missing})\n`);

let home: Awaited<ReturnType<typeof captureFolder>>;
beforeAll(async () => {
  home = await captureFolder();
});
afterAll(async () => {
  await home?.remove();
});

describe('a runtime that the engine does not know', () => {
  it('is refused with what to do, by status and by open', async () => {
    const sandbox = sandboxIn(home.folder, { runtime: 'no-such-runtime' });
    const next = expect.stringContaining('daemon.json');

    expect(await sandbox.status()).toMatchObject({ ready: false, fix: next, isolation: { engine: 'none' } });
    await expect(
      sandbox.open({ capturePath: home.capture, signal: new AbortController().signal }),
    ).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE', next });
    expect(await containersOf(`test-${process.pid}`)).toEqual([]);
  });
});

describe.runIf(missing === null)('gVisor', () => {
  let engine: PrivateEngine;
  beforeAll(async () => {
    // Newer kernels look to older releases of gVisor like the machine's own network unless it is told of none.
    engine = await startPrivateEngine({
      runtimes: { runsc: { path: RUNSC, runtimeArgs: ['--network=none'] } },
    });
    await engine.loadImage();
  }, 120_000);
  afterAll(async () => {
    await engine?.stop();
  });

  const openOn = () =>
    sandboxIn(home.folder, { docker: engine.docker, runtime: 'runsc' }).open({
      capturePath: home.capture,
      limits: SMALL,
      signal: new AbortController().signal,
    });

  it('holds a session on a kernel of its own, and says what that lacks', async () => {
    const session = await openOn();

    const kernel = await bash(session, 'dmesg | head -n 1');
    const count = await bash(session, 'capinfos -T -r -c -M pocket.pcap | cut -f2');
    const attack = await bash(
      session,
      'echo x > pocket.pcap; rm -f pocket.pcap; head -c 4 pocket.pcap | xxd -p',
    );
    const { isolation } = session;
    await session.stop();

    expect(kernel.stdout).toContain('gVisor');
    expect(count.stdout).toBe('3\n');
    expect(attack.stdout).toBe('d4c3b2a1\n');
    expect(isolation.description).toMatch(/gVisor's own kernel.* 1024 processes/);
    expect(isolation.lacks.join(' ')).toMatch(/seccomp.*1024.*memory.*noexec/);
    expect(isolation.lacks).not.toContain("It shares the host's kernel.");
  });

  it('gives the next command a sound container after a fork bomb', async () => {
    const session = await openOn();

    const bomb = await bash(session, 'f() { f | f & }; f 2>/dev/null; sleep 60', { timeoutMs: 2_000 });
    const next = await bash(session, 'echo sound');
    await session.stop();

    expect(bomb.isError).toBe(true);
    expect(next.stdout).toBe('sound\n');
    expect(await engine.docker.listContainers({ all: true })).toEqual([]);
  });
});
