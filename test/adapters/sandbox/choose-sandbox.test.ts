import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSandbox, type SandboxDeps } from '../../../src/adapters/sandbox/choose-sandbox.ts';
import { bubblewrapHere } from './bubblewrap/support.ts';
import { bash, captureFolder, clock, containersOf, SANDBOX_DIR, SMALL } from './docker/support.ts';

const INSTANCE = `choose-${process.pid}`;
const SETUP = 'make it ready';
const hasBubblewrap = await bubblewrapHere();

let home: Awaited<ReturnType<typeof captureFolder>>;
beforeAll(async () => {
  home = await captureFolder();
});
afterAll(() => home?.remove());
afterEach(() => vi.unstubAllEnvs());

/** The sandbox of a process, with no Podman and with the Docker that this machine has. */
const sandboxWith = (deps: Partial<SandboxDeps>) =>
  createSandbox({
    engine: 'auto',
    runtime: null,
    concurrency: null,
    podman: { containerHost: `unix://${join(home.folder, 'no-podman.sock')}`, runtimeDir: null },
    sandboxDir: SANDBOX_DIR,
    stateDir: join(home.folder, 'state'),
    instanceId: INSTANCE,
    instanceAlive: () => false,
    clock,
    log: () => undefined,
    setupCommand: SETUP,
    ...deps,
  });
const opening = () => ({ capturePath: home.capture, limits: SMALL, signal: new AbortController().signal });
const noDocker = () => vi.stubEnv('DOCKER_HOST', `unix://${join(home.folder, 'no-docker.sock')}`);

describe('the sandbox of a process', () => {
  it('is Docker where that is there; the second of two sessions waits where one may be open', async () => {
    const sandbox = sandboxWith({ concurrency: 1 });
    const ahead: number[] = [];
    const first = await sandbox.open(opening());
    const second = sandbox.open({ ...opening(), onWait: (count) => ahead.push(count) });
    const { stdout } = await bash(first, 'echo first');
    expect(await containersOf(INSTANCE)).toHaveLength(1);

    await first.stop();
    const { stdout: later } = await bash(await second, 'echo second');
    await (await second).stop();

    expect([stdout, later, ahead]).toEqual(['first\n', 'second\n', [0]]);
    expect(first.isolation.engine).toBe('docker');
    expect(await containersOf(INSTANCE)).toEqual([]);
  });

  it.runIf(hasBubblewrap)(
    'is bubblewrap where there is no container engine, and says what would be stronger',
    async () => {
      noDocker();
      const sandbox = sandboxWith({});

      const session = await sandbox.open(opening());
      const { stdout } = await bash(session, 'wc -c < pocket.pcap');
      await session.stop();

      expect(Number(stdout)).toBeGreaterThan(24);
      expect(session.isolation).toMatchObject({
        engine: 'bubblewrap',
        lacks: expect.arrayContaining([expect.stringMatching(/Docker is not running.+make it ready$/)]),
      });
    },
  );

  it('is Docker or nothing where Docker is asked for', async () => {
    noDocker();

    await expect(sandboxWith({ engine: 'docker' }).open(opening())).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
      message: 'There is no sandbox. Docker is not running: its socket does not exist.',
      next: `Run: ${SETUP}`,
    });
  });

  it('is nothing where that is asked for, and still finds what others have left behind', async () => {
    const sandbox = sandboxWith({ engine: 'none' });

    await expect(sandbox.open(opening())).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    expect(await sandbox.status()).toMatchObject({ ready: false, isolation: { engine: 'none' } });
    await expect(sandbox.leftovers()).resolves.toBeInstanceOf(Array);
  });

  it('is Docker with the named runtime or nothing: a weaker engine is not what was asked for', async () => {
    await expect(sandboxWith({ runtime: 'no-such-runtime' }).open(opening())).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
      message: expect.stringMatching(
        /^There is no sandbox\. The Docker engine does not know the container runtime/,
      ),
    });
  });
});
