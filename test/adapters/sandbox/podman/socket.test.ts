import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPodmanSandbox } from '../../../../src/adapters/sandbox/podman/podman-sandbox.ts';
import { createProbeRecord } from '../../../../src/adapters/sandbox/podman/probe-record.ts';
import { podmanSocket } from '../../../../src/adapters/sandbox/podman/socket.ts';
import { clock, SANDBOX_DIR } from '../docker/support.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cwp-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the socket of Podman', () => {
  it('is what CONTAINER_HOST names, and nothing where that is another machine', async () => {
    const runtimeDir = null;

    expect(await podmanSocket({ containerHost: 'unix:///a/b.sock', runtimeDir })).toBe('/a/b.sock');
    expect(await podmanSocket({ containerHost: 'ssh://core@host/run/p.sock', runtimeDir })).toBeNull();
    expect(await podmanSocket({ containerHost: 'unix://relative', runtimeDir })).toBeNull();
  });

  it('is the user’s own where a service listens there, and no other kind of file', async () => {
    const path = join(folder, 'podman', 'podman.sock');
    await mkdir(join(folder, 'podman'));
    await writeFile(path, '');
    expect(await podmanSocket({ containerHost: null, runtimeDir: folder })).not.toBe(path);
    await rm(path);
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once('listening', resolve));

    const found = await podmanSocket({ containerHost: null, runtimeDir: folder });
    await new Promise((resolve) => server.close(resolve));

    expect(found).toBe(path);
  });
});

describe('Podman where none answers', () => {
  it('is not ready, says so and how to start it, and opening and leftovers say the same', async () => {
    const sandbox = createPodmanSandbox({
      places: { containerHost: `unix://${join(folder, 'none.sock')}`, runtimeDir: null },
      sandboxDir: SANDBOX_DIR,
      stagingDir: join(folder, 'staging'),
      probeFile: join(folder, 'probe.json'),
      instanceId: 'test',
      instanceAlive: () => false,
      clock,
      log: () => undefined,
    });
    const unavailable = {
      code: 'SANDBOX_UNAVAILABLE',
      message: 'No Podman service answers here.',
      next: expect.stringContaining('podman.socket'),
    };

    expect(await sandbox.status()).toMatchObject({
      ready: false,
      detail: unavailable.message,
      isolation: { engine: 'none' },
    });
    await expect(
      sandbox.open({ capturePath: 'any', signal: new AbortController().signal }),
    ).rejects.toMatchObject(unavailable);
    await expect(sandbox.leftovers()).rejects.toMatchObject(unavailable);
  });
});

describe('the record of a probe', () => {
  it('is of exactly one key, private, and forgotten where it is damaged', async () => {
    const path = join(folder, 'state', 'record.json');
    const record = createProbeRecord(path);
    expect(await record.hasPassed(['4.3.1', 'image'])).toBe(false);

    await record.pass(['4.3.1', 'image']);
    expect(await record.hasPassed(['4.3.1', 'image'])).toBe(true);
    expect(await record.hasPassed(['4.3.2', 'image'])).toBe(false);
    expect(await record.hasPassed(['4.3.1image'])).toBe(false);
    expect((await stat(path)).mode & 0o777).toBe(0o600);

    await writeFile(path, (await readFile(path, 'utf8')).slice(0, 20));
    expect(await record.hasPassed(['4.3.1', 'image'])).toBe(false);
  });
});
