import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLife } from '../../../src/adapters/sandbox/docker/life.ts';
import { createPodmanSandbox } from '../../../src/adapters/sandbox/podman/podman-sandbox.ts';
import { probe, PROBE_LIMITS } from '../../../src/adapters/sandbox/podman/probe.ts';
import { podmanOptions } from '../../../src/adapters/sandbox/podman/profile.ts';
import { openSession } from '../../../src/adapters/sandbox/session.ts';
import { NO_ISOLATION } from '../../../src/domain/isolation.ts';
import type { SandboxSession } from '../../../src/ports.ts';
import { bash, captureFolder, clock, SANDBOX_DIR } from '../../adapters/sandbox/docker/support.ts';
import { promisesOfStreamedInput } from '../../adapters/sandbox/streamed-input.ts';
import { hasPodman, type PodmanService, startPodmanService } from './service.ts';

const { signal } = new AbortController();
const log = (): void => undefined;
const patience = { timeout: 20_000, interval: 100 };

describe.runIf(await hasPodman())('the sandbox on Podman', () => {
  let service: PodmanService;
  let home: Awaited<ReturnType<typeof captureFolder>>;
  beforeAll(async () => {
    home = await captureFolder();
    service = await startPodmanService();
  }, 600_000);
  afterAll(async () => {
    await service?.stop();
    await home?.remove();
  });

  const sandboxOf = (instanceId: string, instanceAlive: (id: string) => boolean = () => false) =>
    createPodmanSandbox({
      places: { containerHost: `unix://${service.socketPath}`, runtimeDir: null },
      sandboxDir: SANDBOX_DIR,
      stagingDir: join(home.folder, 'staging'),
      probeFile: join(home.folder, 'probe.json'),
      instanceId,
      instanceAlive,
      clock,
      log,
    });
  const left = async (): Promise<string[]> => {
    const { Volumes: volumes } = await service.docker.listVolumes();
    const containers = await service.docker.listContainers({ all: true });
    return [...volumes.map(({ Name: name }) => name), ...containers.map(({ Id: id }) => id)];
  };

  it('is ready after a probe, reads captures with tshark, outlives a bad script and leaves nothing', async () => {
    const sandbox = sandboxOf('whole');
    expect(await sandbox.status()).toMatchObject({ ready: true, isolation: { engine: 'podman' } });

    const session = await sandbox.open({ capturePath: home.capture, signal });
    await session.uploadBytes(Buffer.from('kept'), 'note');
    const packets = await bash(session, 'tshark -n -r pocket.pcap -T fields -e frame.number');
    const endless = await bash(session, 'while :; do :; done', { timeoutMs: 500 });
    const next = await bash(session, 'cat note; exit 7');
    await session.stop();

    expect(session).toMatchObject({
      isolation: { engine: 'podman' },
      tsharkVersion: expect.stringMatching(/^TShark/),
    });
    expect(packets).toMatchObject({ outcome: 'exit', exitCode: 0, stdout: '1\n2\n3\n' });
    expect(endless.outcome).toBe('timeout');
    expect(next).toMatchObject({ stdout: 'kept', exitCode: 7 });
    expect(await left()).toEqual([]);
  });

  describe('input that is produced while the command runs', () => {
    let session: SandboxSession;
    beforeAll(async () => {
      session = await sandboxOf('streamed').open({ capturePath: home.capture, signal });
    });
    afterAll(() => session?.stop());

    promisesOfStreamedInput(() => session);
  });

  it('dies with the server, whose workspace the next one finds as a leftover', async () => {
    const fixture = resolve(import.meta.dirname, '../../fixtures/podman-holder.ts');
    const child = spawn(process.execPath, [fixture, home.folder, service.socketPath], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(await service.docker.listContainers({ all: true })).toHaveLength(1);

    child.kill('SIGKILL');
    await once(child, 'exit');

    await vi.waitFor(
      async () => expect(await service.docker.listContainers({ all: true })).toEqual([]),
      patience,
    );
    expect(await sandboxOf('heir', () => true).leftovers()).toEqual([]);
    const heir = sandboxOf('heir');
    for (const { id } of await heir.leftovers()) await heir.remove(id);
    expect(await left()).toEqual([]);
  });

  it('would not pass the probe with its defences taken away: each is missed by name', async () => {
    const capture = join(home.folder, 'open.pcap');
    await writeFile(capture, 'data');
    await chmod(capture, 0o666);
    const session = await weakSession(service, capture, (options, host) => {
      options.User = '65534:65534';
      Object.assign(host, {
        CapDrop: [],
        SecurityOpt: ['seccomp=unconfined'],
        NetworkMode: 'host',
        ReadonlyRootfs: false,
        Tmpfs: {},
        PidsLimit: 0,
        Memory: 0,
        MemorySwap: 0,
        Ulimits: [
          { Name: 'nofile', Soft: 1024, Hard: 1024 },
          { Name: 'nproc', Soft: 4096, Hard: 4096 },
        ],
        Binds: [`${host.Binds?.[0]?.split(':')[0]}:/workspace:rw,exec`],
        Mounts: host.Mounts?.map((mount) => ({ ...mount, ReadOnly: false })),
      });
    });

    const missing = await probe(session, signal);
    await session.stop();
    await rm(capture);

    expect(missing).toEqual([
      'capabilities dropped',
      'no new privileges',
      'seccomp profile',
      'no network',
      'read-only root',
      'read-only capture',
      'noexec workspace',
      'workspace size',
      'file size',
      'number of files',
      'supervisor out of reach',
      'number of processes',
      'memory',
      // Its capture was overwritten.
      'a session that goes on',
    ]);
  });
});

type Weaken = (options: Docker.ContainerCreateOptions, host: Docker.HostConfig) => void;

/** A session with the probe's limits in a container that was weakened, on a workspace without limits. */
async function weakSession(
  { docker, image }: PodmanService,
  capture: string,
  weaken: Weaken,
): Promise<SandboxSession> {
  const workspace = 'weak-workspace';
  await docker.createVolume({
    Name: workspace,
    DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'mode=0777,uid=65534,gid=65534' },
  });
  const profile = {
    image,
    capture,
    limits: PROBE_LIMITS,
    seccomp: 'unconfined',
    instanceId: 'weak',
    workspace,
  };
  const life = createLife({
    docker,
    clock,
    log,
    ttlSeconds: 120,
    profile: (ttlSeconds, expiresAtSeconds) => {
      const options = podmanOptions({ ...profile, ttlSeconds, expiresAtSeconds });
      weaken(options, options.HostConfig ?? {});
      return options;
    },
  });
  return openSession(
    {
      clock,
      life,
      workspaceBytes: PROBE_LIMITS.workspaceBytes,
      isolation: NO_ISOLATION,
      readTools: async () => ({ tsharkVersion: '', tools: [] }),
      explain: async (error) => {
        throw error;
      },
      release: async () => {
        await docker.getVolume(workspace).remove();
      },
    },
    signal,
  );
}
