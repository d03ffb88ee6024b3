import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startContainer } from '../../../../src/adapters/sandbox/docker/container.ts';
import { imageReference } from '../../../../src/adapters/sandbox/docker/image.ts';
import { containerOptions } from '../../../../src/adapters/sandbox/docker/profile.ts';
import type { SandboxSession } from '../../../../src/ports.ts';
import {
  bash,
  captureFolder,
  clock,
  containersOf,
  docker,
  sandboxIn,
  SANDBOX_DIR,
  SMALL,
} from './support.ts';

let home: Awaited<ReturnType<typeof captureFolder>>;
beforeAll(async () => {
  home = await captureFolder();
});
afterAll(async () => {
  await home?.remove();
});

const patience = { timeout: 15_000, interval: 100 };
const instance = (name: string): string => `life-${process.pid}-${name}`;

async function openAs(instanceId: string): Promise<SandboxSession> {
  const sandbox = sandboxIn(home.folder, { instanceId });
  return sandbox.open({
    capturePath: home.capture,
    limits: SMALL,
    signal: new AbortController().signal,
  });
}

describe('cancelling', () => {
  it('ends a running command, keeps what it said, and the session goes on with its uploads', async () => {
    const session = await openAs(instance('cancel'));
    const stop = new AbortController();
    await session.uploadBytes(Buffer.from('still here'), 'note.txt');

    const result = await bash(session, 'echo begun; sleep 60', {
      signal: stop.signal,
      maxOutputBytes: 1_000,
      onStdout: () => stop.abort(),
    });
    const next = await bash(session, 'cat note.txt');
    await session.stop();

    expect(result).toMatchObject({ outcome: 'cancelled', isError: true, exitCode: null, stdoutBytes: 6 });
    expect(next.stdout).toBe('still here');
  });

  it('takes effect before a command starts, and while it waits for its turn', async () => {
    const session = await openAs(instance('early'));
    const later = new AbortController();

    const before = await bash(session, 'echo never', { signal: AbortSignal.abort() });
    const running = bash(session, 'sleep 1; echo first');
    const waiting = bash(session, 'echo never', { signal: later.signal });
    later.abort();
    const results = await Promise.all([running, waiting]);
    await session.stop();

    expect(before).toMatchObject({ outcome: 'cancelled', stdout: '' });
    expect(results.map((result) => result.outcome)).toEqual(['exit', 'cancelled']);
    expect(results[0].stdout).toBe('first\n');
  });

  it('of opening leaves no container', async () => {
    const sandbox = sandboxIn(home.folder, { instanceId: instance('open') });
    const opened = sandbox.open({
      capturePath: home.capture,
      limits: SMALL,
      signal: AbortSignal.timeout(30),
    });

    await expect(opened).rejects.toMatchObject({ code: 'CANCELLED' });
    await vi.waitFor(async () => expect(await containersOf(instance('open'))).toEqual([]), patience);
  });
});

describe('stopping', () => {
  it('ends what runs, removes the container, may be repeated, and nothing runs afterwards', async () => {
    const session = await openAs(instance('stop'));
    const running = bash(session, 'sleep 60');

    await Promise.all([session.stop(), session.stop()]);
    await session.stop();

    expect((await running).outcome).toBe('cancelled');
    expect(await containersOf(instance('stop'))).toEqual([]);
    await expect(bash(session, 'echo no')).rejects.toMatchObject({ code: 'SANDBOX_FAILED' });
  });
});

describe('a container that goes away under a command', () => {
  it('is called a lost engine, and the next command has a new one with the uploads in it', async () => {
    const session = await openAs(instance('gone'));
    await session.uploadBytes(Buffer.from('kept'), 'note');

    const running = bash(session, 'echo begun; sleep 60');
    await clock.sleep(500);
    for (const id of await containersOf(instance('gone')))
      await docker.getContainer(id).remove({ force: true });
    const lost = await running;
    const next = await bash(session, 'cat note');
    await session.stop();

    expect(lost).toMatchObject({ outcome: 'engine_gone', isError: true, exitCode: null });
    expect(next.stdout).toBe('kept');
  });

  it('goes unnoticed between two commands', async () => {
    const session = await openAs(instance('between'));
    for (const id of await containersOf(instance('between'))) await docker.getContainer(id).kill();
    await vi.waitFor(async () => expect(await containersOf(instance('between'))).toEqual([]), patience);

    const result = await bash(session, 'echo here');
    await session.stop();

    expect(result.stdout).toBe('here\n');
  });
});

describe('a server killed with -9', () => {
  it('takes its container with it, and the next one deletes its copy of the capture', async () => {
    const owner = instance('killed');
    const staging = join(home.folder, 'staging');
    const fixture = resolve(import.meta.dirname, '../../../fixtures/sandbox-holder.ts');
    const child = spawn(process.execPath, [fixture, home.folder, owner], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(await containersOf(owner)).toHaveLength(1);
    expect(await readdir(staging)).toHaveLength(1);

    child.kill('SIGKILL');
    await once(child, 'exit');

    await vi.waitFor(async () => expect(await containersOf(owner)).toEqual([]), patience);
    const heir = await sandboxIn(home.folder).open({
      capturePath: join(home.folder, 'private.pcap'),
      limits: SMALL,
      signal: new AbortController().signal,
    });
    expect((await readdir(staging)).filter((name) => name.startsWith(owner))).toEqual([]);
    await heir.stop();
  });
});

describe('leftovers', () => {
  it('are containers of dead owners and expired ones, never a living sibling’s, and removal checks again', async () => {
    const [dead, living, old] = [instance('dead'), instance('living'), instance('old')];
    const deps = { docker, clock, log: () => undefined };
    const start = async (instanceId: string, expiresInSeconds: number) =>
      startContainer(
        deps,
        containerOptions({
          image: await imageReference(SANDBOX_DIR),
          capture: home.capture,
          limits: SMALL,
          seccomp: 'unconfined',
          instanceId,
          ttlSeconds: 120,
          expiresAtSeconds: Math.round(clock.now() / 1000) + expiresInSeconds,
        }),
      );
    const started = [await start(dead, 120), await start(living, 120), await start(old, -3_600)];
    const [ofDead, ofLiving, ofOld] = started.map((container) => container.handle.id);
    const sandbox = sandboxIn(home.folder, { instanceAlive: (id) => id !== dead });
    const ours = new Set([ofDead, ofLiving, ofOld]);

    const found = (await sandbox.leftovers()).filter((leftover) => ours.has(leftover.id));
    await sandbox.remove(ofLiving ?? '');
    for (const leftover of found) await sandbox.remove(leftover.id);
    const left = await Promise.all([dead, living, old].map(containersOf));
    await Promise.all(started.map((container) => container.destroy()));

    expect(found.map(({ id, reason }) => [id, reason])).toEqual(
      expect.arrayContaining([
        [ofDead, 'the process that made it is gone'],
        [ofOld, 'its time is over'],
      ]),
    );
    expect(found).toHaveLength(2);
    expect(left).toEqual([[], [ofLiving], []]);
  });

  it('that are gone already are removed without complaint', async () => {
    await expect(sandboxIn(home.folder).remove('0'.repeat(64))).resolves.toBeUndefined();
  });
});

describe('a capture that is no file', () => {
  it.each([
    ['a folder', 'folder', 'NOT_A_CAPTURE'],
    ['missing', 'missing.pcap', 'FILE_NOT_FOUND'],
    ['the engine’s socket', '/var/run/docker.sock', 'NOT_A_CAPTURE'],
  ])('is refused: %s', async (_name, path, code) => {
    await mkdir(join(home.folder, 'folder'), { recursive: true });
    const opened = sandboxIn(home.folder).open({
      capturePath: resolve(home.folder, path),
      signal: new AbortController().signal,
    });

    await expect(opened).rejects.toMatchObject({ code });
  });
});
