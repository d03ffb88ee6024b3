import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createDriver } from '../../src/capture/driver.ts';
import { createSystemClock } from '../../src/adapters/process/system-clock.ts';
import { HOLDING_STATES } from '../../src/domain/task.ts';
import type { TaskStore } from '../../src/ports.ts';
import { inFolder, MEMORY, medianOf, timed, type Figure } from './figures.ts';
import { manyTasks, TIMING, withStore } from './own-store.ts';

const TASKS = 10_000;
const ACTIVE = 1000;
const OVER = TASKS - ACTIVE;
const area = '10,000 tasks';

const some = (round: number): string => `task-${OVER + ((Math.abs(round) * 7919) % ACTIVE)}`;
const any = (round: number): string => `task-${(Math.abs(round) * 7919) % TASKS}`;

/** What a full table costs those who read it, and a busy one the process that drives it. */
export function taskTable(): Promise<Figure[]> {
  return inFolder(
    (folder) =>
      withStore(folder, async (store) => {
        await fill(store);
        const all = { cursor: null, states: [], vm: null, sessionId: null };
        const page = (limit: number) => store.page({ ...all, limit });
        const ofOne = () => store.page({ ...all, limit: 50, states: HOLDING_STATES, vm: `vm-${OVER + 77}` });
        const ms = { area, unit: 'ms' };
        return [
          { ...ms, what: 'get', value: await medianOf(500, (round) => store.get(any(round))), target: 0.1 },
          {
            ...ms,
            what: 'claim',
            value: await medianOf(500, (round) => store.claim(some(round))),
            target: 0.1,
          },
          { ...ms, what: 'page of 1', value: await medianOf(300, () => page(1)), target: 0.1 },
          {
            ...ms,
            what: 'page of 50',
            value: await medianOf(200, () => page(50)),
            note: 'the same again, as who looks again and again asks',
          },
          {
            ...ms,
            what: 'tasks of one VM',
            value: await medianOf(200, ofOne),
            target: 0.1,
            note: `${(await ofOne()).tasks.length} found; as each start asks`,
          },
          {
            ...ms,
            what: 'nothing due',
            value: await medianOf(300, () => store.due(Date.now())),
            target: 0.1,
          },
          ...(await drivenTasks(store)),
        ];
      }),
    MEMORY ?? undefined,
  );
}

/** The youngest thousand are active and wait for their next look; the others are over. */
async function fill(store: TaskStore): Promise<void> {
  const later = Date.now() + 200_000;
  const tasks = manyTasks(TASKS).map((task, n) => (n < OVER ? task : { ...task, nextAt: later }));
  for (let first = 0; first < TASKS; first += 500) {
    await store.createAll(tasks.slice(first, first + 500), {});
  }
  for (const { id } of tasks.slice(0, OVER)) {
    await store.record(id, 1, { type: 'cancel_requested' }, Date.now());
  }
}

async function drivenTasks(store: TaskStore): Promise<Figure[]> {
  const clock = createSystemClock();
  const driver = createDriver({
    store,
    audit: { append: () => undefined },
    perform: () => Promise.reject(new Error('nothing is due')),
    analyzeTask: () => Promise.reject(new Error('nothing is due')),
    clock,
    log: () => undefined,
    timing: TIMING,
    tickMs: 100,
    restoreAudit: async () => undefined,
  });
  await store.exportJournal(() => undefined);
  const before = heap();
  driver.start();
  const nudge = await timed(async () => {
    for (let n = 0; n < ACTIVE; n += 1) {
      driver.nudge(`task-${OVER + n}`, { analyze: false });
    }
    await clock.sleep(0);
  });
  await clock.sleep(1500);
  const grown = heap() - before;
  await driver.stop();
  return [
    { area, what: 'memory per active task', value: Math.max(grown, 0) / ACTIVE / 1024, unit: 'KiB' },
    { area, what: 'a nudge of 1,000 tasks', value: nudge, unit: 'ms' },
  ];
}

function heap(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') {
    collect();
    collect();
  }
  return process.memoryUsage().heapUsed;
}
