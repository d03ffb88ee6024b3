import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLiveness } from '../../../src/adapters/sqlite-task-store/liveness.ts';
import { openTaskStore } from '../../../src/adapters/sqlite-task-store/store.ts';
import { PLAN_LIFE_MS, type ApprovalPlan } from '../../../src/domain/approval.ts';
import type { Task } from '../../../src/domain/task.ts';
import type { TaskStore } from '../../../src/ports.ts';
import { createMemoryTables } from '../../fakes/memory-tables.ts';
import { openMemoryTaskStore } from '../../fakes/memory-task-store.ts';
import { stateDir } from '../../fakes/state-dir.ts';
import { sampleTask } from '../../fakes/task.ts';

/** Two processes on one state directory, and the way to end them. */
interface Pair {
  a: TaskStore;
  b: TaskStore;
  end(): void;
}

async function onSqlite(): Promise<Pair> {
  const dir = stateDir();
  const open = async (name: string) => {
    const liveness = openLiveness(join(dir.path, 'owners'), name);
    const path = join(dir.path, 'capwright.db');
    const store = await openTaskStore({ path, liveness, newDeploymentId: () => 'd' });
    return { store, liveness };
  };
  const [a, b] = [await open('a'), await open('b')];
  const end = (): void => {
    [a, b].forEach(({ store, liveness }) => {
      store.close();
      liveness.close();
    });
    dir.remove();
  };
  return { a: a.store, b: b.store, end };
}

async function inMemory(): Promise<Pair> {
  const tables = createMemoryTables('d');
  const [a, b] = [openMemoryTaskStore(tables, 'a'), openMemoryTaskStore(tables, 'b')];
  return { a, b, end: () => [a, b].forEach((store) => store.close()) };
}

const on = (vm: string, change: Partial<Task> = {}): Task =>
  sampleTask({ id: vm, plan: { ...sampleTask().plan, vmId: `/vm/${vm}` }, ...change });

/** Tasks that know each other, as one call makes them. */
function group(names: readonly string[], change: Partial<Task> = {}): Task[] {
  return names.map((name) => on(name, { group: { id: names[0] ?? '', taskIds: [...names] }, ...change }));
}

const plan = (change: Partial<ApprovalPlan> = {}): ApprovalPlan => ({
  id: 'p',
  createdAt: 1000,
  tool: 'start_capture',
  arguments: { target: 'x' },
  taskIds: ['x'],
  requests: [],
  ...change,
});

describe.each([
  ['SQLite', onSqlite],
  ['memory, as simulations use it', inMemory],
])('tasks that are made together, on %s', (_kind, open) => {
  let pair: Pair;
  beforeEach(async () => {
    pair = await open();
  });
  afterEach(() => pair.end());

  it('are all stored, each with its first line in the journal', async () => {
    await pair.a.createAll(group(['x', 'y', 'z']), {});

    expect((await pair.b.active()).map(({ task }) => task.id)).toEqual(['x', 'y', 'z']);
    expect((await pair.b.get('y'))?.task.group).toEqual({ id: 'x', taskIds: ['x', 'y', 'z'] });
    expect((await pair.b.journal('z')).map(({ seq, event }) => `${seq} ${event.type}`)).toEqual([
      '1 accepted',
    ]);
  });

  it('are all refused where one machine is taken, and nothing of them stays', async () => {
    await pair.a.create(on('y'));

    await expect(pair.b.createAll(group(['x', 'y2']).map(sameVmAs('y')), {})).rejects.toMatchObject({
      code: 'VM_BUSY',
    });
    expect((await pair.a.active()).map(({ task }) => task.id)).toEqual(['y']);
    expect(await pair.a.journal('x')).toEqual([]);
  });

  it('are all refused where a limit is against them', async () => {
    const admission = {
      since: 0,
      admit: () => {
        throw new Error('one too many');
      },
    };

    await expect(pair.a.createAll(group(['x', 'y']), { admission })).rejects.toThrow('one too many');
    expect(await pair.a.active()).toEqual([]);
  });

  it('come back in their order for the request id of the call', async () => {
    const made = await pair.a.createAll(group(['y', 'x'], { requestId: 'r' }), {});

    const again = await pair.b.createAll(group(['p', 'q'], { requestId: 'r' }), {});

    expect(again).toEqual(made);
    expect((await pair.a.byRequest('r'))?.task.id).toBe('y');
    expect(await pair.a.active()).toHaveLength(2);
  });

  it('use up their approval with them, and not without them', async () => {
    await pair.a.saveApproval(plan());
    await pair.a.create(on('y'));
    const busy = pair.a.createAll([on('other', { plan: on('y').plan })], { planId: 'p' });
    await expect(busy).rejects.toMatchObject({ code: 'VM_BUSY' });
    expect(await pair.b.loadApproval('p')).toEqual({ ...plan(), used: false });

    await pair.b.createAll([on('x')], { planId: 'p' });

    expect(await pair.a.loadApproval('p')).toEqual({ ...plan(), used: true });
    await expect(pair.a.createAll([on('z')], { planId: 'p' })).rejects.toMatchObject({ code: 'PLAN_USED' });
    expect(await pair.a.get('z')).toBeNull();
  });

  it('are not stored for an approval that is not there', async () => {
    await expect(pair.a.createAll([on('x')], { planId: 'none' })).rejects.toMatchObject({
      code: 'PLAN_USED',
    });
    expect(await pair.a.active()).toEqual([]);
  });
});

const sameVmAs =
  (vm: string) =>
  (task: Task, n: number): Task =>
    n === 0 ? task : { ...task, plan: on(vm).plan };

describe.each([
  ['SQLite', onSqlite],
  ['memory, as simulations use it', inMemory],
])('approvals, on %s', (_kind, open) => {
  let pair: Pair;
  beforeEach(async () => {
    pair = await open();
  });
  afterEach(() => pair.end());

  it('are used once, by whichever process comes first', async () => {
    await pair.a.saveApproval(plan());

    const used = await Promise.all([pair.a, pair.b, pair.a].map((store) => store.useApproval('p')));

    expect(used.filter(Boolean)).toHaveLength(1);
    expect(await pair.a.useApproval('none')).toBe(false);
    expect(await pair.a.loadApproval('none')).toBeNull();
  });

  it('of a discard are told in the journal once, by who gave them', async () => {
    await pair.a.create(on('x'));

    await pair.b.setWish('x', 'stop', 5);
    await pair.b.setWish('x', 'discard', 6, 'elicitation');
    await pair.b.setWish('x', 'discard', 7, 'plan_id');

    expect((await pair.a.journal('x')).map(({ seq, event }) => ({ seq, ...event }))).toEqual([
      { seq: 1, type: 'accepted' },
      { seq: 2, type: 'discard_approved', by: 'elicitation' },
    ]);
    expect(await pair.a.get('x')).toMatchObject({ wish: 'discard', fence: 1, task: { state: 'requested' } });
  });
});

describe('approvals on SQLite', () => {
  it('do not pile up', async () => {
    const pair = await onSqlite();
    await pair.a.saveApproval(plan({ id: 'old' }));
    await pair.a.saveApproval(plan({ id: 'late', createdAt: 1000 + PLAN_LIFE_MS }));

    await pair.b.saveApproval(plan({ id: 'new', createdAt: 2000 + 96 * PLAN_LIFE_MS }));

    expect(await pair.a.loadApproval('old')).toBeNull();
    expect(await pair.a.loadApproval('late')).not.toBeNull();
    pair.end();
  });
});
