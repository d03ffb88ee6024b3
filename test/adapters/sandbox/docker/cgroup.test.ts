import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { filesOf, findCgroup } from '../../../../src/adapters/sandbox/docker/cgroup.ts';
import type { LiveContainer } from '../../../../src/adapters/sandbox/docker/container.ts';
import { SCRIPT_USER } from '../../../../src/adapters/sandbox/docker/profile.ts';
import { sweep } from '../../../../src/adapters/sandbox/docker/sweep.ts';
import { bash, captureFolder, clock, docker, execIn, sandboxIn, SMALL, weakContainer } from './support.ts';

const ID = 'a'.repeat(64);
let home: Awaited<ReturnType<typeof captureFolder>>;
let live: LiveContainer;
beforeAll(async () => {
  home = await captureFolder();
  live = await weakContainer(home.capture, () => undefined);
});
afterAll(async () => {
  await live?.destroy();
  await home?.remove();
});

describe('the control group of a container', () => {
  it('tells from outside whether a command left a process behind, whatever session that hides in', async () => {
    const cgroup = await findCgroup({ clock }, live.handle);

    await execIn(live, SCRIPT_USER, 'echo nothing is left');
    expect(await cgroup?.quiet()).toEqual({ oomKills: 0 });
    await execIn(live, SCRIPT_USER, 'setsid sleep 300 >/dev/null 2>&1 & sleep 0.2');
    expect(await cgroup?.quiet()).toBeNull();
    await sweep({ clock }, live.handle);
    // The init buries what the sweep killed.
    await vi.waitFor(async () => expect(await cgroup?.quiet()).toEqual({ oomKills: 0 }));
  });

  it('counts what was killed for memory', async () => {
    const cgroup = await findCgroup({ clock }, live.handle);

    await execIn(live, SCRIPT_USER, 'tail /dev/zero | wc -c');

    await vi.waitFor(async () => expect((await cgroup?.quiet())?.oomKills).toBeGreaterThan(0));
  });

  it('is not asked where a runtime keeps its processes to itself, or where the engine is elsewhere', async () => {
    const seen = await live.handle.inspect();
    const answering = (answer: unknown): Docker.Container =>
      Object.assign(docker.getContainer(ID), { inspect: () => Promise.resolve(answer) });
    const runsc = { ...seen, HostConfig: { ...seen.HostConfig, Runtime: 'runsc' } };
    const elsewhere = { ...seen, Id: ID };

    expect(await findCgroup({ clock }, answering(seen))).not.toBeNull();
    expect(await findCgroup({ clock }, answering(runsc))).toBeNull();
    expect(await findCgroup({ clock }, answering(elsewhere))).toBeNull();
  });

  it('spares a session the sweeps of commands that left nothing, and no other', async () => {
    const executed: string[] = [];
    const events = await docker.getEvents({
      filters: { event: ['exec_create'], label: [`capwright.instance=sweeps-${process.pid}`] },
    });
    events.on('data', (line: Buffer) => executed.push(line.toString()));
    const session = await sandboxIn(home.folder, { instanceId: `sweeps-${process.pid}` }).open({
      capturePath: home.capture,
      limits: SMALL,
      signal: new AbortController().signal,
    });
    const sweeps = (): number => executed.filter((line) => line.includes('kill -9 -1')).length;

    await bash(session, 'echo clean');
    await bash(session, 'echo clean');
    await bash(session, 'sleep 300 >/dev/null 2>&1 & echo left');
    const after = await bash(session, 'cat /proc/[0-9]*/comm | grep -c "^sleep$"');
    await vi.waitFor(() => expect(executed.join('')).toContain('grep -c'));
    const swept = sweeps();
    await session.stop();
    Object.assign(events, { destroyed: false });
    events.removeAllListeners();

    expect(after.stdout).toBe('0\n');
    expect(swept).toBe(1);
  });
});

describe('the files of a control group', () => {
  it.each([
    [
      'of version 1',
      `8:pids:/docker/${ID}\n4:cpu,memory:/docker/${ID}\n0::/docker/${ID}\n`,
      `/sys/fs/cgroup/pids/docker/${ID}/pids.current`,
    ],
    [
      'of version 2',
      `0::/system.slice/docker-${ID}.scope\n`,
      `/sys/fs/cgroup/system.slice/docker-${ID}.scope/pids.current`,
    ],
  ])('are found %s', (_name, proc, tasks) => {
    expect(filesOf(proc, ID)?.tasks).toBe(tasks);
  });

  it.each([
    ['another process', `8:pids:/docker/${'b'.repeat(64)}\n4:memory:/docker/${'b'.repeat(64)}\n`],
    ['a process of this session', '0::/user.slice/user-1000.slice\n'],
    ['a group above ours', `0::/../../docker/${ID}\n`],
    ['nonsense', 'nonsense'],
  ])('are not those of %s', (_name, proc) => {
    expect(filesOf(proc, ID)).toBeNull();
  });
});
