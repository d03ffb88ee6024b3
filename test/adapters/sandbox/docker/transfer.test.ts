import { chmod, cp, mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DockerSandboxDeps } from '../../../../src/adapters/sandbox/docker/docker-sandbox.ts';
import { ownerLabels } from '../../../../src/adapters/sandbox/docker/profile.ts';
import type { SandboxSession } from '../../../../src/ports.ts';
import { type PrivateEngine, privateEngineMissing, startPrivateEngine } from './private-engine.ts';
import { bash, captureFolder, clock, containersOf, docker, sandboxIn, SMALL } from './support.ts';

const instance = (name: string): string => `transfer-${process.pid}-${name}`;
const missing = await privateEngineMissing();
if (missing !== null) process.stderr.write(`LEFT OUT: engines that see no file of ours (needs ${missing})\n`);

let home: Awaited<ReturnType<typeof captureFolder>>;
beforeAll(async () => {
  home = await captureFolder();
});
afterAll(async () => {
  await home?.remove();
});

function openWith(deps: Partial<DockerSandboxDeps>, capturePath = home.capture): Promise<SandboxSession> {
  return sandboxIn(home.folder, deps).open({
    capturePath,
    limits: SMALL,
    signal: new AbortController().signal,
  });
}

async function volumesOf(instanceId: string, engine: Docker = docker): Promise<string[]> {
  const filters = { label: [`capwright.instance=${instanceId}`] };
  return ((await engine.listVolumes({ filters })).Volumes ?? []).map((volume) => volume.Name);
}

const COUNT = 'capinfos -T -r -c -M pocket.pcap | cut -f2';

describe('a capture copied into a volume', () => {
  it('is where scripts look, cannot be written, removed or replaced, and outlives the container it was first in', async () => {
    const session = await openWith({ transfer: 'volume', instanceId: instance('whole') });

    const attack = await bash(
      session,
      'for file in pocket.pcap /capwright-capture/capture.pcap; do rm -f $file; mv $file x; : > $file; ln -sf /etc/passwd $file; chmod 777 $file; done; true',
    );
    const count = await bash(session, COUNT);
    const late = await bash(session, 'sleep 5', { timeoutMs: 200 });
    const again = await bash(session, COUNT);
    const held = await volumesOf(instance('whole'));
    await session.stop();

    expect(
      attack.stderr.match(/Read-only file system|Device or resource busy|Operation not permitted/g)?.length,
    ).toBeGreaterThan(7);
    expect([count.stdout, late.outcome, again.stdout]).toEqual(['3\n', 'timeout', '3\n']);
    expect(held).toHaveLength(1);
    expect(await volumesOf(instance('whole'))).toEqual([]);
    expect(await containersOf(instance('whole'))).toEqual([]);
  });

  it('is readable inside where only its owner may read it, without another copy on our disk', async () => {
    const secret = join(home.folder, 'owner only.pcap');
    await cp(home.capture, secret);
    await chmod(secret, 0o600);
    const session = await openWith({ transfer: 'volume', instanceId: instance('secret') }, secret);

    const count = await bash(session, COUNT);
    const staged = await stat(join(home.folder, 'staging')).catch(() => null);
    await session.stop();

    expect(count.stdout).toBe('3\n');
    expect(staged).toBeNull();
  });

  it('leaves nothing when opening is cancelled while it travels', async () => {
    const large = join(home.folder, 'large.pcap');
    const file = await open(large, 'w', 0o644);
    await file.truncate(3 * 1024 ** 3);
    await file.close();
    const stop = new AbortController();
    const id = instance('cancelled');
    const opened = sandboxIn(home.folder, { transfer: 'volume', instanceId: id }).open({
      capturePath: large,
      limits: SMALL,
      signal: stop.signal,
    });
    opened.catch(() => undefined);
    await vi.waitFor(async () => expect(await containersOf(id)).toHaveLength(1), {
      timeout: 15_000,
      interval: 20,
    });
    stop.abort();

    await expect(opened).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await containersOf(id)).toEqual([]);
    expect(await volumesOf(id)).toEqual([]);
  });
});

describe('leftover volumes', () => {
  it('are those of dead owners and expired ones, never a living sibling’s, and removal checks again', async () => {
    const [dead, living, old] = [instance('dead'), instance('living'), instance('old')];
    const inAnHour = Math.round(clock.now() / 1000) + 3_600;
    const made = [dead, living, old].map((id) => ({
      Name: `capwright-${id}`,
      Labels: ownerLabels(id, id === old ? 1_000 : inAnHour),
    }));
    for (const volume of made) await docker.createVolume(volume);
    const sandbox = sandboxIn(home.folder, { instanceAlive: (id) => id !== dead });

    const found = (await sandbox.leftovers()).filter(({ id }) => id.includes(`transfer-${process.pid}`));
    for (const { Name } of made) await sandbox.remove(Name);
    const left = await Promise.all([dead, living, old].map((id) => volumesOf(id)));
    await docker.getVolume(`capwright-${living}`).remove();

    expect(new Map(found.map(({ id, reason }) => [id, reason]))).toEqual(
      new Map([
        [`capwright-${dead}`, 'the process that made it is gone'],
        [`capwright-${old}`, 'its time is over'],
      ]),
    );
    expect(left).toEqual([[], [`capwright-${living}`], []]);
  });
});

describe.runIf(missing === null)('an engine that does not see our files', () => {
  let engine: PrivateEngine;
  let blind: string;
  beforeAll(async () => {
    const elsewhere = join(home.folder, 'blind');
    await mkdir(elsewhere, { recursive: true });
    blind = join(elsewhere, 'a.pcap');
    await cp(home.capture, blind);
    engine = await startPrivateEngine({ hide: [elsewhere] });
    await engine.loadImage();
  }, 120_000);
  afterAll(async () => {
    await engine?.stop();
  });

  it('gets a copy without being told to, and is refused where only mounting is allowed', async () => {
    const id = instance('blind');

    const session = await openWith({ docker: engine.docker, instanceId: id }, blind);
    const count = await bash(session, COUNT);
    const copies = await volumesOf(id, engine.docker);
    await session.stop();

    expect(count.stdout).toBe('3\n');
    expect(copies).toHaveLength(1);
    expect(await volumesOf(id, engine.docker)).toEqual([]);
    await expect(openWith({ docker: engine.docker, transfer: 'bind' }, blind)).rejects.toMatchObject({
      code: 'SANDBOX_FAILED',
    });
  });

  it('gets a copy too when it has another file in the same place', async () => {
    await engine.place(blind, 'another machine’s file');
    const id = instance('decoy');

    const session = await openWith({ docker: engine.docker, instanceId: id }, blind);
    const count = await bash(session, COUNT);
    const copies = await volumesOf(id, engine.docker);
    await session.stop();

    expect([count.stdout, copies.length]).toEqual(['3\n', 1]);
    await expect(openWith({ docker: engine.docker, transfer: 'bind' }, blind)).rejects.toMatchObject({
      code: 'SANDBOX_FAILED',
      message: expect.stringContaining('another file'),
    });
  });

  it('gets a copy at once where it is reached over the network', async () => {
    const id = instance('tcp');
    await overTcp(engine.socketPath, async (remote) => {
      const session = await openWith({ docker: remote, instanceId: id });
      const count = await bash(session, COUNT);
      const copies = await volumesOf(id, engine.docker);
      await session.stop();

      expect([count.stdout, copies.length]).toEqual(['3\n', 1]);
    });
  });
});

/** The engine's socket as a port of this machine, as DOCKER_HOST=tcp:// would name it. */
async function overTcp(socketPath: string, work: (docker: Docker) => Promise<void>): Promise<void> {
  const sockets: Socket[] = [];
  const server: Server = createServer((near) => {
    const far = createConnection(socketPath);
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    sockets.push(near, far);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    await work(new Docker({ host: '127.0.0.1', port, protocol: 'http' }));
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
