import { afterEach, describe, expect, it } from 'vitest';
import { CapwrightError } from '../../../src/domain/errors.ts';
import { TASK_STATES, type Journal, type Task } from '../../../src/domain/task.ts';
import type { TaskRow, TaskStore } from '../../../src/ports.ts';
import { createRandom, type Random } from '../../deep/orchestrator/random.ts';
import { EVERY_EVENT } from '../../fakes/every-event.ts';
import { memoryHome, sqliteHome, type StoreHome } from '../../fakes/store-homes.ts';
import { sampleTask } from '../../fakes/task.ts';

const RUNS = 40;
const STEPS = 60;
const NAMES = ['a', 'b', 'c'];
const VMS = ['web', 'db', 'cache'];

/** One state directory under test, the processes that live on it, and where its listing had got to. */
interface Subject {
  home: StoreHome;
  stores: Map<string, TaskStore>;
  cursor: string | null;
  exported: Journal[];
}

/** One operation, the same for both; what it gives must be the same, too. */
type Operation = (subject: Subject) => Promise<unknown>;

/** Rounds of time are small, so that waits end and clocks seem to be set back. */
const time = (random: Random): number => Math.floor(random.between(0, 400_000));

function newTask(random: Random, n: number): Task {
  const vm = random.pick(VMS);
  const task = sampleTask({
    id: `t${n}`,
    sessionId: random.pick(['s1', 's2']),
    requestId: random.chance(0.3) ? `r${Math.floor(random.between(0, 8))}` : null,
    createdAt: time(random),
    nextAt: time(random),
    autoAnalyze: random.chance(0.5),
    deleteBlobs: random.chance(0.3),
  });
  return { ...task, plan: { ...task.plan, vmName: vm, vmId: `/subscriptions/${vm}/x/${vm}` } };
}

function randomOperation(random: Random, n: number): Operation {
  const name = random.pick(NAMES);
  const id = `t${Math.floor(random.between(0, n + 1))}`;
  const now = time(random);
  const on =
    (act: (store: TaskStore) => Promise<unknown>): Operation =>
    ({ stores }) => {
      const store = stores.get(name);
      return store === undefined ? Promise.resolve('dead') : act(store);
    };
  const [task, event, fence] = [newTask(random, n), random.pick(EVERY_EVENT), random.chance(0.1) ? 1 : null];
  const pair = [task, { ...newTask(random, n), id: `${task.id}b` }];
  const group = { id: task.id, taskIds: pair.map((one) => one.id) };
  const query = {
    limit: 3,
    states: random.chance(0.3) ? [random.pick(TASK_STATES)] : [],
    vm: random.chance(0.3) ? random.pick(VMS) : null,
    sessionId: random.chance(0.3) ? 's1' : null,
  };
  const wish = random.pick(['stop', 'discard'] as const);
  const by = random.chance(0.5) ? ('policy' as const) : undefined;
  const fails = random.chance(0.2);
  return random.pick<Operation>([
    on((store) => store.create(task)),
    on((store) =>
      store.createAll(
        pair.map((one) => ({ ...one, group })),
        {},
      ),
    ),
    ...Array.from({ length: 8 }, () => on((store) => step(store, id, { event, now, fence }))),
    on((store) => store.claim(id)),
    on((store) => store.setWish(id, wish, now, by)),
    on((store) => store.due(now)),
    on((store) => countsOf(store, now)),
    on((store) => store.active()),
    (subject) => turnPage(subject, name, query),
    (subject) => exportTo(subject, name, fails),
    (subject) => dieOrStart(subject, name),
  ]);
}

/** Claims and records as the driver does, or with a fence of long ago. */
async function step(
  store: TaskStore,
  id: string,
  { event, now, fence }: { event: (typeof EVERY_EVENT)[number]; now: number; fence: number | null },
): Promise<unknown> {
  const row = await store.claim(id);
  return row === null ? null : store.record(id, fence ?? row.fence, event, now);
}

/** In no order that the contract would name. */
async function countsOf(store: TaskStore, since: number): Promise<unknown> {
  const { holding, ...counts } = await store.counts(since);
  return { ...counts, holding: holding.map(({ id }) => id).toSorted() };
}

async function turnPage(
  subject: Subject,
  name: string,
  query: Omit<Parameters<TaskStore['page']>[0], 'cursor'>,
): Promise<unknown> {
  const page = await subject.stores.get(name)?.page({ ...query, cursor: subject.cursor });
  subject.cursor = page?.cursor ?? null;
  return page === undefined ? 'dead' : { ...page, cursor: page.cursor === null };
}

async function exportTo(subject: Subject, name: string, fails: boolean): Promise<unknown> {
  const store = subject.stores.get(name);
  await store?.exportJournal((lines) => {
    if (fails) {
      throw new CapwrightError('DISK_FULL', 'full', 'free some');
    }
    subject.exported.push(...lines);
  });
  return subject.exported.map(({ taskId, seq }) => `${taskId} ${seq}`);
}

async function dieOrStart(subject: Subject, name: string): Promise<string> {
  const store = subject.stores.get(name);
  if (store === undefined) {
    // A name is never used again, so that its dead have no successor that looks like them.
    subject.stores.set(
      name,
      await subject.home.open(`${name}${subject.exported.length}-${subject.stores.size}`),
    );
    return 'started';
  }
  store.close();
  subject.stores.delete(name);
  return 'died';
}

/** Without the names of owners, which differ between two directories. */
function comparable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (key, inner: unknown) =>
      key === 'owner' && inner !== null ? 'somebody' : inner,
    ),
  );
}

async function outcomeOf(operation: Operation, subject: Subject): Promise<unknown> {
  try {
    return comparable(await operation(subject));
  } catch (error) {
    return error instanceof CapwrightError ? error.code : String(error);
  }
}

async function everything({ stores, home }: Subject): Promise<unknown> {
  const store = stores.values().next().value ?? (await home.open('last'));
  const rows: (TaskRow | null)[] = [];
  const journals: Journal[][] = [];
  for (let n = 0; n <= STEPS; n += 1) {
    for (const id of [`t${n}`, `t${n}b`]) {
      rows.push(await store.get(id));
      journals.push(await store.journal(id));
    }
  }
  return comparable({ rows, journals });
}

describe('any order of operations of several processes', () => {
  const open: Subject[] = [];
  afterEach(() => {
    open.splice(0).forEach(({ home, stores }) => {
      stores.forEach((store) => store.close());
      home.remove();
    });
  });

  it('leads to the same on SQLite and in plain maps', { timeout: 300_000 }, async () => {
    const heard = new Set<unknown>();
    for (let run = 0; run < RUNS; run += 1) {
      const random = createRandom(`contract ${run}`);
      const subjects = [sqliteHome(), memoryHome()].map((home): Subject => ({
        home,
        stores: new Map(),
        cursor: null,
        exported: [],
      }));
      open.push(...subjects);
      for (let n = 0; n < STEPS; n += 1) {
        const operation = randomOperation(random, n);
        const [real, plain] = [
          await outcomeOf(operation, subjects[0] ?? never()),
          await outcomeOf(operation, subjects[1] ?? never()),
        ];
        heard.add(typeof real === 'string' ? real : 'something');
        expect({ run, n, outcome: real }).toEqual({ run, n, outcome: plain });
      }
      const [real, plain] = [
        await everything(subjects[0] ?? never()),
        await everything(subjects[1] ?? never()),
      ];
      expect({ run, real }).toEqual({ run, real: plain });
    }
    expect([...heard]).toEqual(
      expect.arrayContaining(['VM_BUSY', 'started', 'died', 'DISK_FULL', 'something']),
    );
  });
});

function never(): never {
  throw new RangeError('there are two subjects');
}
