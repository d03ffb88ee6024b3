import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CapwrightError } from '../../src/domain/errors.ts';
import type { Cloud, ListedCapture } from '../../src/ports.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { openOrchestrator, quietCall, type Orchestrator } from '../fakes/orchestrator.ts';

const bench = createBench();

const listed = (name: string, change: Partial<ListedCapture> = {}): ListedCapture => ({
  name,
  location: 'eastus',
  watcherName: 'NetworkWatcher_eastus',
  watcherResourceGroup: 'NetworkWatcherRG',
  subscriptionId: 'sub',
  targetId: `/vm/${name}`,
  storage: 'acct path',
  provisioningState: 'Succeeded',
  ...change,
});

/** A cloud that holds just these captures, and remembers what was asked and deleted. */
function cloudOf(captures: ListedCapture[]) {
  const deleted: string[] = [];
  const asked: (readonly string[] | undefined)[] = [];
  const cloud: Cloud = {
    ...bench.azure.cloud,
    listCaptures: async (_signal, subscriptionIds) => {
      asked.push(subscriptionIds);
      return [...captures];
    },
    deleteCapture: async ({ captureName }) => {
      deleted.push(captureName);
      return true;
    },
  };
  return { cloud, deleted, asked };
}

const ours = (one: Orchestrator, id: string): string => `capwright-${one.store.deploymentId}-${id}`;
const plan = (one: Orchestrator) => one.cleanupOrphans({}, quietCall);
const apply = (one: Orchestrator, { plan_id }: { plan_id: string | null }) =>
  one.cleanupOrphans({ plan_id: plan_id ?? '' }, quietCall);

describe('captures without a task', () => {
  it('are ours only with the name of our own deployment; all others are kept, and said so', async () => {
    const captures: ListedCapture[] = [];
    const { cloud, deleted } = cloudOf(captures);
    const one = await bench.start({ cloud });
    captures.push(listed(ours(one, 'x')), listed('capwright-0000-x'), listed('theirs'));

    const planned = await plan(one);
    const applied = await apply(one, planned);

    expect(planned.items.map(({ kind, action }) => `${kind} ${action}`)).toEqual([
      'azure_capture delete',
      'foreign_capture keep',
      'foreign_capture keep',
    ]);
    expect(deleted).toEqual([ours(one, 'x')]);
    expect(applied.items.map(({ outcome }) => outcome)).toEqual(['done', 'skipped', 'skipped']);
  });

  it('are looked for in every subscription that a task was ever in', async () => {
    const { cloud, asked } = cloudOf([]);
    const one = await bench.start({ cloud });
    const { task_id } = await one.startCapture(ask(), quietCall);
    await one.discard(task_id ?? '');
    await one.checkTask(check(task_id ?? ''), quietCall);

    await plan(one);

    expect(asked).toEqual([['sub']]);
  });

  it('are found in all other places where one can not be searched, and that one is named', async () => {
    const { cloud } = cloudOf([]);
    const one = await bench.start({
      cloud: {
        ...cloud,
        listCaptures: async (_signal, _subscriptions, passOver) => {
          passOver?.('westeurope in subscription s2', new CapwrightError('FORBIDDEN', 'No right.', 'Ask.'));
          return [listed(ours(one, 'x'))];
        },
      },
    });

    const { items, searched } = await plan(one);

    expect(items).toHaveLength(1);
    expect(searched).toContain('Azure, westeurope in subscription s2: not searched (No right. Ask.)');
  });

  it.each([
    ['has another target', { targetId: '/vm/other' }],
    ['writes elsewhere', { storage: 'other path' }],
    ['lies below another watcher', { watcherName: 'NetworkWatcher_westus' }],
  ])('are skipped where one of that name %s by now', async (_what, change) => {
    const captures: ListedCapture[] = [];
    const { cloud, deleted } = cloudOf(captures);
    const one = await bench.start({ cloud });
    captures.push(listed(ours(one, 'x')));
    const planned = await plan(one);
    captures[0] = listed(ours(one, 'x'), change);

    const { items } = await apply(one, planned);

    expect(deleted).toEqual([]);
    expect(items).toMatchObject([{ outcome: 'skipped', reason: expect.stringContaining('changed') }]);
  });

  it('are looked at again right before each is deleted, however long the others took', async () => {
    const captures: ListedCapture[] = [];
    const { cloud, deleted } = cloudOf(captures);
    const slow: Cloud = {
      ...cloud,
      deleteCapture: async (key, signal) => {
        await bench.clock.sleep(30_000);
        captures.splice(0, captures.length, listed(ours(one, '9'), { targetId: '/vm/other' }));
        return cloud.deleteCapture(key, signal);
      },
    };
    const one = await bench.start({ cloud: slow });
    captures.push(...Array.from({ length: 10 }, (_, n) => listed(ours(one, `${n}`))));

    const { items } = await apply(one, await plan(one));

    expect(deleted.length).toBeLessThan(10);
    expect(deleted).not.toContain(ours(one, '9'));
    expect(items.at(-1)).toMatchObject({ name: ours(one, '9'), outcome: 'skipped' });
  });

  it('are no orphans while their task has only just been stored', async () => {
    const one = await bench.start({
      cloud: {
        ...bench.azure.cloud,
        listCaptures: async (signal) => {
          await one.startCapture(ask({ duration_seconds: 3000 }), quietCall);
          await bench.clock.sleep(10_000);
          return bench.azure.cloud.listCaptures(signal);
        },
      },
    });

    expect((await plan(one)).items).toEqual([]);
    expect(bench.azure.sessions.size).toBe(1);
  });

  it('in thousands come in plans that can be read, one after the other', async () => {
    const captures: ListedCapture[] = [];
    const { cloud, deleted } = cloudOf(captures);
    const one = await bench.start({ cloud });
    captures.push(...Array.from({ length: 250 }, (_, n) => listed(ours(one, `${n}`))));
    captures.push(...Array.from({ length: 3000 }, (_, n) => listed(`theirs-${n}`)));

    const planned = await plan(one);
    await apply(one, planned);

    expect(planned.items).toHaveLength(150);
    expect(planned.next).toContain('150 more leftovers');
    expect(planned.next).toContain('2950 more that are kept');
    expect(planned.searched).toContain('Azure: 3250');
    expect(new Set(deleted).size).toBe(100);
  });
});

describe('a cleanup plan', () => {
  it('expires after an hour', async () => {
    const { cloud, deleted } = cloudOf([]);
    const one = await bench.start({
      cloud: { ...cloud, listCaptures: async () => [listed(ours(one, 'x'))] },
    });
    const planned = await plan(one);
    await bench.clock.sleep(3_600_001);

    await expect(apply(one, planned)).rejects.toMatchObject({ code: 'UNKNOWN_PLAN' });
    expect(deleted).toEqual([]);
  });

  it('leaves a task alone that somebody else has taken up meanwhile', async () => {
    const { dir, clock, azure } = bench;
    const dead = await openOrchestrator({ dir, clock, cloud: azure.cloud });
    const { task_id } = await dead.startCapture(ask({ duration_seconds: 3000 }), quietCall);
    await clock.sleep(10_000);
    await dead.abandon();
    const one = await bench.start();
    const planned = await plan(one);
    const two = await bench.start();
    await two.store.claim(task_id ?? '');

    const { items } = await apply(one, planned);

    expect(planned.items).toMatchObject([{ kind: 'task', action: 'resume', name: task_id }]);
    expect(items).toMatchObject([{ outcome: 'skipped' }]);
  });

  it('leaves a file alone that is written to again', async () => {
    const one = await bench.start();
    const part = join(bench.dir, 'captures', 'gone.cap.part');
    mkdirSync(join(bench.dir, 'captures'), { recursive: true });
    writeFileSync(part, '');
    utimesSync(part, 1, 1);
    const planned = await plan(one);
    writeFileSync(part, 'more');

    const { items } = await apply(one, planned);

    expect(planned.items).toMatchObject([{ kind: 'temporary_file', name: part }]);
    expect(items).toMatchObject([{ outcome: 'skipped' }]);
  });
});

describe('a server that starts', () => {
  it('finishes what a dead one left half cleaned up, without being asked', async () => {
    const { dir, clock, azure } = bench;
    azure.knobs.mishap = (call, _n, phase) => {
      if (call === 'deleteCapture' && phase === 'before') {
        throw new CapwrightError('FORBIDDEN', 'No right.', 'Ask.');
      }
    };
    const dead = await openOrchestrator({ dir, clock, cloud: azure.cloud });
    dead.driver.start();
    const { task_id } = await dead.startCapture(ask(), quietCall);
    await clock.sleep(120_000);
    await dead.abandon();
    azure.knobs.mishap = () => {};
    const one = await bench.start();

    one.driver.start();
    await clock.sleep(600_000);

    expect(azure.sessions.size).toBe(0);
    expect((await one.store.get(task_id ?? ''))?.task.state).toBe('analyzing');
  });
});
