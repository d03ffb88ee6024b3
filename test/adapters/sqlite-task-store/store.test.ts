import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLiveness, type Liveness } from '../../../src/adapters/sqlite-task-store/liveness.ts';
import { openTaskStore } from '../../../src/adapters/sqlite-task-store/store.ts';
import type { Task } from '../../../src/domain/task.ts';
import type { Journal } from '../../../src/domain/task.ts';
import type { TaskStore } from '../../../src/ports.ts';
import { stateDir } from '../../fakes/orchestrator.ts';
import { sampleTask } from '../../fakes/task.ts';

let dir: ReturnType<typeof stateDir>;
let open: { store: TaskStore; liveness: Liveness }[];
beforeEach(() => {
  dir = stateDir();
  open = [];
});
afterEach(() => {
  open.forEach(end);
  dir.remove();
});

async function process(name: string) {
  const liveness = openLiveness(join(dir.path, 'owners'), name);
  const store = await openTaskStore({
    path: join(dir.path, 'capwright.db'),
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

  it('lets several processes write at once without an error or a lost write', async () => {
    const all = await Promise.all(['a', 'b', 'c', 'd'].map(process));

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
