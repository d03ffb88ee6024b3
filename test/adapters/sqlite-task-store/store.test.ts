import { copyFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLiveness, type Liveness } from '../../../src/adapters/sqlite-task-store/liveness.ts';
import { openTaskStore } from '../../../src/adapters/sqlite-task-store/store.ts';
import type { Task } from '../../../src/domain/task.ts';
import type { Journal } from '../../../src/domain/task.ts';
import type { TaskStore } from '../../../src/ports.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';
import { sampleTask } from '../../fakes/task.ts';

const dir = eachStateDir();
let open: { store: TaskStore; liveness: Liveness }[];
beforeEach(() => {
  open = [];
});
afterEach(() => {
  open.forEach(end);
});

/** What something else than a store does to the database. */
function change(sql: string): void {
  const db = new DatabaseSync(join(dir.path, 'capwright.db'), { timeout: 5000 });
  db.exec(sql);
  db.close();
}

async function process(name: string, path = join(dir.path, 'capwright.db')) {
  const liveness = openLiveness(join(dir.path, 'owners'), name);
  const store = await openTaskStore({
    path,
    liveness,
    newDeploymentId: () => `made-by-${name}`,
  });
  const one = { store, liveness };
  open.push(one);
  return one;
}

function end(one: { store: TaskStore; liveness: Liveness }): void {
  if (open.includes(one)) {
    open.splice(open.indexOf(one), 1);
    one.store.close();
    one.liveness.close();
  }
}

const task = (change: Partial<Task> = {}): Task => sampleTask(change);

describe('the task store', () => {
  it('gives every process on one state directory the same deployment id', async () => {
    const a = await process('a');
    const b = await process('b');

    expect(b.store.deploymentId).toBe(a.store.deploymentId);
  });

  it('keeps the database to its user', async () => {
    await process('a');

    expect(statSync(join(dir.path, 'capwright.db')).mode & 0o777).toBe(0o600);
  });

  it('leaves a living process its tasks and takes over those of a dead one', async () => {
    const a = await process('a');
    const b = await process('b');
    await a.store.create(task({ id: 't' }));

    expect(await b.store.claim('t')).toBeNull();
    expect(await b.store.due(1e15)).toEqual([]);
    end(a);
    expect(await b.store.due(1e15)).toEqual(['t']);
    expect(await b.store.claim('t')).toMatchObject({ owner: b.liveness.self, fence: 2 });
  });

  it('finds what is due behind any number of tasks that belong to others', async () => {
    const a = await process('a');
    const b = await process('b');
    for (let n = 0; n < 201; n += 1) {
      await a.store.create(task({ id: `a${n}`, plan: { ...task().plan, vmId: `/vm/${n}` } }));
    }
    await b.store.create(task({ id: 'mine', nextAt: 5 }));

    expect(await b.store.due(10)).toEqual(['mine']);
  });

  it('takes a wait that a clock set back has made far for one that is over', async () => {
    const { store } = await process('a');
    await store.create(task({ id: 't', nextAt: 3_600_000 }));

    expect(await store.due(0)).toEqual(['t']);
    expect(await store.due(3_590_000)).toEqual([]);
    expect(await store.due(3_600_000)).toEqual(['t']);
  });

  it('gives nobody a task that has ended', async () => {
    const { store } = await process('a');
    await store.create(task({ id: 't' }));
    await store.record('t', 1, { type: 'cancel_requested' }, 1);

    expect(await store.claim('t')).toBeNull();
    expect(await store.get('t')).toMatchObject({ owner: null, fence: 1 });
  });

  it('refuses a write from a process that lost its task', async () => {
    const a = await process('a');
    await a.store.create(task({ id: 't' }));
    const row = await a.store.claim('t');

    expect(await a.store.record('t', (row?.fence ?? 0) - 1, { type: 'create_intended' }, 1)).toBeNull();
    expect((await a.store.get('t'))?.task.state).toBe('requested');
    expect(await a.store.journal('t')).toHaveLength(1);
  });

  it('holds one active capture per VM, whatever the case of its id, and frees the VM after cleaning', async () => {
    const { store } = await process('a');
    const first = await store.create(task({ id: 'one' }));
    const upper = task({ id: 'two', plan: { ...first.plan, vmId: first.plan.vmId.toUpperCase() } });

    await expect(store.create(upper)).rejects.toMatchObject({ code: 'VM_BUSY' });
    await store.record('one', 1, { type: 'cancel_requested' }, 1);
    await expect(store.create(upper)).resolves.toMatchObject({ id: 'two' });
  });

  it('gives the earlier task for a known request id', async () => {
    const { store } = await process('a');
    await store.create(task({ id: 'one', requestId: 'r' }));

    expect(await store.create(task({ id: 'two', requestId: 'r' }))).toMatchObject({ id: 'one' });
  });

  it('journals transitions, not looks that show nothing new', async () => {
    const { store } = await process('a');
    await store.create(task({ id: 't' }));
    await store.record('t', 1, { type: 'create_intended' }, 1);
    await store.record('t', 1, { type: 'created' }, 2);
    const reading = {
      provisioningState: 'Succeeded',
      status: 'Running',
      stopReason: null,
      errors: [],
      storagePath: null,
    } as const;
    for (let n = 0; n < 5; n += 1) {
      await store.record('t', 1, { type: 'observed', reading: { ...reading, errors: [] }, pollMs: 1 }, 3 + n);
    }

    const events = (await store.journal('t')).map(({ seq, event }) => `${seq} ${event.type}`);
    expect(events).toEqual(['1 accepted', '2 create_intended', '3 created', '4 observed']);
  });

  it('exports each journal line once, and again when the export failed', async () => {
    const { store } = await process('a');
    await store.create(task({ id: 't' }));
    const lines: Journal[] = [];

    await expect(
      store.exportJournal(() => {
        throw new Error('disk full');
      }),
    ).rejects.toThrow('disk full');
    await store.exportJournal((batch) => lines.push(...batch));
    await store.exportJournal((batch) => lines.push(...batch));

    expect(lines.map(({ seq }) => seq)).toEqual([1]);
  });

  it('exports past a damaged line, and leaves a task of a newer version to that version', async () => {
    const { store } = await process('a');
    for (const id of ['damaged', 'newer', 'sound']) {
      await store.create(task({ id, plan: { ...task().plan, vmId: `/vm/${id}` } }));
      await store.record(id, 1, { type: 'create_intended' }, 1);
    }
    change("UPDATE event SET doc = substr(doc, 9) WHERE task_id = 'damaged' AND seq = 1");
    change(`UPDATE event SET doc = '{"new":1,' || substr(doc, 2) WHERE task_id = 'newer' AND seq = 1`);
    const lines: string[] = [];
    const exportAll = () =>
      store.exportJournal((batch) => lines.push(...batch.map(({ taskId, seq }) => `${taskId} ${seq}`)));

    await exportAll();
    await exportAll();
    expect(lines).toEqual(['sound 1', 'damaged 2', 'sound 2']);

    change(`UPDATE event SET doc = replace(doc, '"new":1,', '') WHERE task_id = 'newer'`);
    const { store: newer } = await process('b');
    await newer.exportJournal((batch) => lines.push(...batch.map(({ taskId, seq }) => `${taskId} ${seq}`)));
    expect(lines.slice(3)).toEqual(['newer 1', 'newer 2']);
  });

  it('exports the lines of a task in their order, whatever the clock did between them', async () => {
    const { store } = await process('a');
    await store.create(task({ id: 't', createdAt: 9_000_000 }));
    await store.record('t', 1, { type: 'create_intended' }, 5);
    await store.create(task({ id: 'u', createdAt: 6, plan: { ...task().plan, vmId: '/vm/u' } }));
    const lines: string[] = [];

    await store.exportJournal((batch) => lines.push(...batch.map(({ taskId, seq }) => `${taskId} ${seq}`)));

    expect(lines.filter((line) => line.startsWith('t'))).toEqual(['t 1', 't 2']);
    expect(lines).toHaveLength(3);
  });

  it('tells which living process holds a task, and no dead one', async () => {
    const a = await process('a');
    const b = await process('b');
    await a.store.create(task({ id: 't' }));
    const row = (await b.store.get('t')) ?? expect.fail();

    expect(b.store.holderOf(row)).toEqual({ pid: globalThis.process.pid });
    expect(a.store.holderOf(row)).toBeNull();
    end(a);
    expect(b.store.holderOf(row)).toBeNull();
  });

  it('knows every subscription that a task was ever in', async () => {
    const { store } = await process('a');
    const inSubscription = (id: string) => ({
      ...task().plan,
      vmId: `/subscriptions/${id}/resourceGroups/g/x`,
    });
    await store.create(task({ id: 'a', plan: inSubscription('S1') }));
    await store.record('a', 1, { type: 'cancel_requested' }, 1);
    await store.create(task({ id: 'b', plan: inSubscription('s1') }));
    await store.create(task({ id: 'c', plan: inSubscription('s2') }));

    expect(await store.subscriptions()).toEqual(['s1', 's2']);
  });

  it('gives a copied state directory a name of its own, and one that was renamed keeps its name', async () => {
    const original = await process('a');
    const { deploymentId } = original.store;
    end(original);
    const copy = join(dir.path, 'copy');
    mkdirSync(copy);
    copyFileSync(join(dir.path, 'capwright.db'), join(copy, 'capwright.db'));
    renameSync(join(dir.path, 'capwright.db'), join(dir.path, 'renamed.db'));

    const copied = await process('c', join(copy, 'capwright.db'));
    const renamed = await process('r', join(dir.path, 'renamed.db'));
    expect(copied.store).toMatchObject({ deploymentId: 'made-by-c', formerDeploymentIds: [deploymentId] });
    expect(renamed.store).toMatchObject({ deploymentId, formerDeploymentIds: [] });
  });

  it('accepts nothing into a state directory that was removed or replaced under it', async () => {
    const { store } = await process('a');
    await store.create(task({ id: 'before' }));
    const other = task({ id: 'after', plan: { ...task().plan, vmId: '/vm/after' } });
    renameSync(join(dir.path, 'capwright.db'), join(dir.path, 'moved.db'));

    await expect(store.create(other)).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE', turn: 'operator' });
    copyFileSync(join(dir.path, 'moved.db'), join(dir.path, 'capwright.db'));
    await expect(store.create(other)).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
    renameSync(join(dir.path, 'moved.db'), join(dir.path, 'capwright.db'));
    expect(await store.create(other)).toMatchObject({ id: 'after' });
  });

  it('lets several processes write at once without an error or a lost write', async () => {
    const all = await Promise.all(['a', 'b', 'c', 'd'].map((name) => process(name)));

    await Promise.all(
      all.flatMap(({ store }, n) =>
        Array.from({ length: 25 }, (_, k) => {
          const id = `${n}-${k}`;
          return store.create(task({ id, plan: { ...task().plan, vmId: `/vm/${id}` } }));
        }),
      ),
    );

    expect(await all[0]?.store.active()).toHaveLength(100);
  });
});
