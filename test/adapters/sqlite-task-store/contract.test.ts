import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal, Task, TaskEvent } from '../../../src/domain/task.ts';
import type { TaskQuery, TaskStore } from '../../../src/ports.ts';
import { memoryHome, sqliteHome, type StoreHome } from '../../fakes/store-homes.ts';
import { sampleTask } from '../../fakes/task.ts';

const at = (vm: string, change: Partial<Task> = {}): Task => {
  const task = sampleTask(change);
  const vmId = `/subscriptions/${vm.toUpperCase()}-sub/resourceGroups/rg/x/${vm}`;
  return { ...task, plan: { ...task.plan, vmName: vm, vmId } };
};
const everything: TaskQuery = { limit: 10, cursor: null, states: [], vm: null, sessionId: null };
const CANCEL: TaskEvent = { type: 'cancel_requested' };

describe.each([
  { name: 'on SQLite', open: sqliteHome },
  { name: 'in memory', open: memoryHome },
])('the contract of a task store $name', ({ open }) => {
  let home: StoreHome;
  let stores: TaskStore[];
  const process = async (name: string): Promise<TaskStore> => {
    const store = await home.open(name);
    stores.push(store);
    return store;
  };
  const die = (store: TaskStore): void => {
    stores = stores.filter((other) => other !== store);
    store.close();
  };
  beforeEach(() => {
    home = open();
    stores = [];
  });
  afterEach(() => {
    stores.forEach((store) => store.close());
    home.remove();
  });

  it('stores a task for the one who made it, and shows it to all', async () => {
    const [a, b] = [await process('a'), await process('b')];
    await a.create(at('vm', { id: 't', requestId: 'r' }));

    expect(await b.get('t')).toMatchObject({ task: { id: 't', state: 'requested' }, fence: 1, wish: null });
    expect(await b.byRequest('r')).toEqual(await b.get('t'));
    expect(await b.get('other')).toBeNull();
    expect((await b.journal('t')).map(({ seq, event }) => [seq, event.type])).toEqual([[1, 'accepted']]);
  });

  it('stores all tasks of a call or none, and gives them all for their request', async () => {
    const store = await process('a');
    const group = { id: 'one', taskIds: ['one', 'two'] };
    const pair = [
      at('web', { id: 'one', group, requestId: 'r' }),
      at('db', { id: 'two', group, requestId: 'r' }),
    ];
    await store.create(at('db', { id: 'before' }));

    await expect(store.createAll(pair, {})).rejects.toMatchObject({ code: 'VM_BUSY' });
    expect(await store.get('one')).toBeNull();
    await store.record('before', 1, CANCEL, 1);
    await store.createAll(pair, {});
    const again = await store.createAll([at('cache', { id: 'three', requestId: 'r' })], {});
    expect(again.map(({ id }) => id)).toEqual(['one', 'two']);
    expect(await store.byRequest('r')).toMatchObject({ task: { id: 'one' } });
  });

  it('refuses two tasks of one call on one VM', async () => {
    const store = await process('a');
    const twice = [at('web', { id: 'one' }), at('WEB', { id: 'two' })];

    await expect(store.createAll(twice, {})).rejects.toMatchObject({ code: 'VM_BUSY' });
    expect((await store.counts(-1)).created).toBe(0);
  });

  it('leaves nothing behind of what its admission refuses', async () => {
    const store = await process('a');
    await store.create(at('web', { id: 'one', createdAt: 5 }));
    const seen: number[][] = [];
    const admit = ({ created, holding }: { created: number; holding: Task[] }): void => {
      seen.push([created, holding.length]);
      throw new Error('no more');
    };

    await expect(store.create(at('db', { id: 'two' }), { since: 4, admit })).rejects.toThrow('no more');
    await expect(store.create(at('db', { id: 'two' }), { since: 5, admit })).rejects.toThrow('no more');
    expect(seen).toEqual([
      [1, 1],
      [0, 1],
    ]);
    expect(await store.get('two')).toBeNull();
  });

  it('takes over only from the dead, with a higher fence, and refuses the old one', async () => {
    const [a, b] = [await process('a'), await process('b')];
    await a.create(at('vm', { id: 't' }));
    const row = await a.get('t');

    expect(await b.claim('t')).toBeNull();
    expect(await b.due(1e15)).toEqual([]);
    expect(row !== null && [b.isOrphaned(row), a.holderOf(row)]).toEqual([false, null]);
    expect(row !== null && b.holderOf(row)).not.toBeNull();
    die(a);
    expect(row !== null && [b.isOrphaned(row), b.holderOf(row)]).toEqual([true, null]);
    expect(await b.due(1e15)).toEqual(['t']);
    expect(await b.claim('t')).toMatchObject({ fence: 2 });
    expect(await b.claim('t')).toMatchObject({ fence: 2 });
    expect(await b.record('t', 1, CANCEL, 1)).toBeNull();
    expect(await b.record('t', 2, CANCEL, 1)).toMatchObject({ task: { state: 'cancelled' }, owner: null });
    expect(await b.claim('t')).toBeNull();
    expect(await b.active()).toEqual([]);
  });

  it('never takes a discard back, and writes down who agreed to it', async () => {
    const store = await process('a');
    await store.create(at('vm', { id: 't', nextAt: 900 }));
    await store.setWish('t', 'stop', 1);
    await store.setWish('t', 'discard', 2, 'plan_id');
    await store.setWish('t', 'stop', 3, 'policy');

    expect(await store.get('t')).toMatchObject({ wish: 'discard' });
    expect(await store.due(2)).toEqual(['t']);
    expect((await store.journal('t')).map(({ event }) => event)).toEqual([
      { type: 'accepted' },
      { type: 'discard_approved', by: 'plan_id' },
    ]);
  });

  it('wakes nobody for an analysis that only a caller may begin', async () => {
    const store = await process('a');
    await store.create(at('vm', { id: 't' }));
    for (const event of toAnalyzing) {
      await store.record('t', 1, event, 200_000);
    }

    expect(await store.get('t')).toMatchObject({ task: { state: 'analyzing' }, owner: null });
    expect(await store.due(1e15)).toEqual([]);
    await store.setWish('t', 'stop', 300_000);
    expect(await store.due(1e15)).toEqual([]);
    await store.setWish('t', 'discard', 300_000);
    expect(await store.due(300_000)).toEqual(['t']);
  });

  it('pages newest first, each task once, also while others are made', async () => {
    const store = await process('a');
    for (let n = 0; n < 5; n += 1) {
      await store.create(at(`vm${n}`, { id: `t${n}`, createdAt: n < 3 ? 7 : 9, sessionId: `s${n % 2}` }));
    }
    const first = await store.page({ ...everything, limit: 2 });
    await store.create(at('new', { id: 'new', createdAt: 50 }));
    const second = await store.page({ ...everything, limit: 3, cursor: first.cursor });

    expect(first.tasks.map(({ id }) => id)).toEqual(['t4', 't3']);
    expect(second).toMatchObject({ tasks: [{ id: 't2' }, { id: 't1' }, { id: 't0' }], cursor: null });
    const named = await store.page({ ...everything, vm: 'VM1', sessionId: 's1', states: ['requested'] });
    expect(named.tasks.map(({ id }) => id)).toEqual(['t1']);
    await expect(store.page({ ...everything, cursor: 'rubbish' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('exports a line once it was taken, in the order of its task, and again when asked to', async () => {
    const store = await process('a');
    const lines: Journal[] = [];
    const keys = (): string[] => lines.splice(0).map(({ taskId, seq }) => `${taskId} ${seq}`);
    await store.create(at('vm', { id: 't', createdAt: 10 }));
    await store.record('t', 1, CANCEL, 5);

    await expect(store.exportJournal(full)).rejects.toThrow('full');
    expect(await store.exportJournal((batch) => lines.push(...batch))).toBe(2);
    expect(keys()).toEqual(['t 1', 't 2']);
    expect(await store.exportJournal((batch) => lines.push(...batch))).toBe(0);
    expect(await store.auditEnds()).toEqual([{ sessionId: 's', task_id: 't', seq: 2 }]);
    expect(await store.exportedLines('s')).toHaveLength(2);
    await store.exportAgain([{ task_id: 't', seq: 1 }]);
    await store.exportJournal((batch) => lines.push(...batch));
    expect(keys()).toEqual(['t 1']);
  });

  it('uses an approval up once, with what it approves', async () => {
    const store = await process('a');
    const approval = {
      id: 'p',
      createdAt: 1,
      tool: 'start_capture',
      arguments: {},
      taskIds: ['t'],
      requests: [],
    };
    await store.saveApproval({ ...approval, tool: 'start_capture' });
    await store.create(at('busy', { id: 'holder' }));

    await expect(store.createAll([at('busy', { id: 't' })], { planId: 'p' })).rejects.toThrow();
    expect(await store.loadApproval('p')).toMatchObject({ used: false });
    await store.createAll([at('free', { id: 't' })], { planId: 'p' });
    expect(await store.loadApproval('p')).toMatchObject({ used: true, taskIds: ['t'] });
    await expect(store.createAll([at('other', { id: 'u' })], { planId: 'p' })).rejects.toMatchObject({
      code: 'PLAN_USED',
    });
    expect(await store.useApproval('p')).toBe(false);
    expect(await store.loadApproval('unknown')).toBeNull();
  });

  it('keeps a cleanup plan as it was shown', async () => {
    const store = await process('a');
    await store.savePlan({ id: 'p', createdAt: 1, items: [] });

    expect(await store.loadPlan('p')).toEqual({ id: 'p', createdAt: 1, items: [] });
    expect(await store.loadPlan('q')).toBeNull();
  });

  it('names every subscription that a task was ever in', async () => {
    const store = await process('a');
    await store.create(at('one', { id: 'one' }));
    await store.create(at('two', { id: 'two' }));

    expect(await store.subscriptions()).toEqual(['one-sub', 'two-sub']);
    expect(await store.unreadable()).toEqual([]);
  });
});

function full(): never {
  throw new Error('the disk is full');
}

const toAnalyzing: TaskEvent[] = [
  { type: 'create_intended' },
  { type: 'created' },
  {
    type: 'observed',
    reading: {
      provisioningState: 'Succeeded',
      status: 'Stopped',
      stopReason: null,
      errors: [],
      storagePath: null,
    },
    pollMs: 1,
  },
  {
    type: 'file_downloaded',
    file: { path: '/f.cap', bytes: 1, sha256: 'x', blobUrl: 'https://acct/c/t.cap', instanceId: null },
  },
  { type: 'downloaded', missing: [] },
  { type: 'deletion_seen' },
];
