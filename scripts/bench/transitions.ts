import { nextAction } from '../../src/domain/next-action.ts';
import type { TaskEvent } from '../../src/domain/task.ts';
import type { AuditLog, TaskStore } from '../../src/ports.ts';
import { inFolder, median, MEMORY, timed, type Figure } from './figures.ts';
import { manyTasks, TIMING, withStore } from './own-store.ts';

const TASKS = 200;

const FILE = { path: '/captures/c.cap', bytes: 1, sha256: 'f'.repeat(64), blobUrl: 'https://acct/c/t.cap' };
const READING = { provisioningState: 'Succeeded', stopReason: null, errors: [], storagePath: FILE.blobUrl };

/** The life of a capture from request to file, without what Azure does. */
const LIFE: TaskEvent[] = [
  { type: 'create_intended' },
  { type: 'created' },
  { type: 'observed', reading: { ...READING, status: 'Running' }, pollMs: 0 },
  { type: 'observed', reading: { ...READING, status: 'Stopped' }, pollMs: 0 },
  { type: 'file_downloaded', file: { ...FILE, instanceId: null } },
  { type: 'downloaded', missing: [] },
  { type: 'deletion_seen' },
];

/** What a step of a task costs of our own: deciding, storing state and journal, and writing the audit line. */
export async function transitions(): Promise<Figure[]> {
  const onDisk = await inFolder(measure);
  const inMemory = MEMORY === null ? null : await inFolder(measure, MEMORY);
  const area = 'transition';
  return [
    ...(inMemory === null
      ? []
      : [
          { area, what: 'stored', value: inMemory.stored, unit: 'ms', target: 0.3, note: 'without flushes' },
          { area, what: 'stored and audited', value: inMemory.all, unit: 'ms', note: 'without flushes' },
        ]),
    { area, what: 'stored', value: onDisk.stored, unit: 'ms', target: 0.3, note: 'flushed to this disk' },
    { area, what: 'stored and audited', value: onDisk.all, unit: 'ms', note: 'flushed to this disk' },
  ];
}

function measure(folder: string): Promise<{ stored: number; all: number }> {
  return withStore(folder, async (store, audit) => {
    const times: { stored: number; all: number }[] = [];
    for (const task of manyTasks(TASKS)) {
      await store.create(task);
      times.push(...(await live(store, audit, task.id)));
    }
    const warm = times.slice(times.length / 10);
    return { stored: median(warm.map(({ stored }) => stored)), all: median(warm.map(({ all }) => all)) };
  });
}

async function live(
  store: TaskStore,
  audit: AuditLog,
  id: string,
): Promise<{ stored: number; all: number }[]> {
  const times: { stored: number; all: number }[] = [];
  let row = await store.claim(id);
  for (const event of LIFE) {
    const held = row;
    if (held === null) {
      throw new Error(`the task was not ours before ${event.type}`);
    }
    const stored = await timed(async () => {
      nextAction(held.task, held.wish, Date.now(), TIMING, held.fence);
      row = await store.record(id, held.fence, event, Date.now());
    });
    if (JSON.stringify(row?.task) === JSON.stringify(held.task)) {
      throw new Error(`${event.type} changed nothing`);
    }
    const audited = await timed(() => store.exportJournal((lines) => audit.append(lines)));
    times.push({ stored, all: stored + audited });
  }
  return times;
}
