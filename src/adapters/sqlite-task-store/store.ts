import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { z } from 'zod';
import { LONGEST_WAIT_MS } from '../../domain/next-action.ts';
import { evolve } from '../../domain/evolve.ts';
import { holdsVm, isTerminal, Task, type Journal, type TaskEvent } from '../../domain/task.ts';
import { vmBusy } from '../../domain/task-errors.ts';
import { OrphanItem } from '../../domain/views.ts';
import type { Admission, StoredPlan, TaskCounts, TaskRow, TaskStore } from '../../ports.ts';
import { openDatabase, type Database } from './database.ts';
import { readPage } from './page.ts';
import type { Liveness } from './liveness.ts';

const EXPORT_BATCH = 500;
type Row = Record<string, SQLOutputValue>;

/** Tasks in one SQLite file that several processes of one machine may share. */
export async function openTaskStore(options: {
  path: string;
  liveness: Liveness;
  newDeploymentId: () => string;
}): Promise<TaskStore> {
  const database = await openDatabase(options.path);
  const deploymentId = await database.write((db) => deployment(db, options.newDeploymentId));
  const { liveness } = options;
  const claimable: Claimable = (owner) =>
    owner === null || owner === liveness.self || !liveness.holdsLock(owner);
  return {
    deploymentId,
    ...reads(database, liveness, claimable),
    ...writes(database, liveness.self, claimable),
    ...plans(database),
    close: () => database.close(),
  };
}

function deployment(db: DatabaseSync, make: () => string): string {
  db.prepare("INSERT INTO meta (key, value) VALUES ('deployment', ?) ON CONFLICT (key) DO NOTHING").run(
    make(),
  );
  return String(db.prepare("SELECT value FROM meta WHERE key = 'deployment'").get()?.['value']);
}

type Claimable = (owner: string | null) => boolean;

function reads(
  database: Database,
  liveness: Liveness,
  claimable: Claimable,
): Pick<TaskStore, 'get' | 'byRequest' | 'page' | 'counts' | 'active' | 'due' | 'isOrphaned' | 'journal'> {
  return {
    get: (id) => database.read((db) => load(db, 'id = ?', id)),
    byRequest: (requestId) => database.read((db) => load(db, 'request_id = ?', requestId)),
    counts: (since) => database.read((db) => count(db, since)),
    page: (query) => database.read((db) => readPage(db, query)),
    active: () =>
      database.read((db) =>
        db
          .prepare(
            `SELECT * FROM task WHERE state NOT IN ('completed', 'failed', 'cancelled', 'timed_out')
             ORDER BY created_at, id`,
          )
          .all()
          .map(toRow),
      ),
    due: (now) => database.read((db) => due(db, now, claimable)),
    isOrphaned: (row) => row.owner !== null && !liveness.holdsLock(row.owner),
    journal: (id) =>
      database.read((db) =>
        db.prepare('SELECT * FROM event WHERE task_id = ? ORDER BY seq').all(id).map(toJournal),
      ),
  };
}

/** Waits beyond the longest there is were stored before the clock was set back, and count as over. */
function due(db: DatabaseSync, now: number, claimable: Claimable): string[] {
  const rows = db
    .prepare('SELECT id, owner FROM task WHERE wake_at <= ? OR wake_at > ? ORDER BY wake_at')
    .all(now, now + LONGEST_WAIT_MS);
  const owners = new Map(
    [...new Set(rows.map((row) => text(row['owner'])))].map((owner) => [owner, claimable(owner)]),
  );
  return rows.filter((row) => owners.get(text(row['owner']))).map((row) => String(row['id']));
}

function writes(
  database: Database,
  self: string,
  claimable: Claimable,
): Pick<TaskStore, 'create' | 'claim' | 'record' | 'setWish' | 'exportJournal'> {
  return {
    create: (task, admission) => database.write((db) => insert(db, task, self, admission)),
    claim: (id) =>
      database.write((db) => {
        const row = load(db, 'id = ?', id);
        if (row === null || isTerminal(row.task) || !claimable(row.owner)) {
          return null;
        }
        if (row.owner !== self) {
          db.prepare('UPDATE task SET owner = ?, fence = fence + 1 WHERE id = ?').run(self, id);
        }
        return load(db, 'id = ?', id);
      }),
    record: (id, fence, event, now) =>
      database.write((db) => {
        const row = load(db, 'id = ?', id);
        const held = row !== null && row.owner === self && row.fence === fence;
        return held ? write(db, row, evolve(row.task, event, now), event, now) : null;
      }),
    setWish: (id, wish, now) =>
      database.write((db) => {
        db.prepare(
          `UPDATE task SET wish = ?, wake_at = CASE WHEN state = 'analyzing' AND ? = 'stop' THEN wake_at ELSE ? END
           WHERE id = ? AND (wish IS NULL OR wish <> 'discard')
           AND state NOT IN ('completed', 'failed', 'cancelled', 'timed_out')`,
        ).run(wish, wish, now, id);
      }),
    exportJournal: (append) => database.write((db) => exportLines(db, append)),
  };
}

function plans(database: Database): Pick<TaskStore, 'savePlan' | 'loadPlan'> {
  return {
    savePlan: (plan) =>
      database.write((db) => {
        db.prepare('INSERT INTO cleanup_plan (id, created_at, items) VALUES (?, ?, ?)').run(
          plan.id,
          plan.createdAt,
          JSON.stringify(plan.items),
        );
      }),
    loadPlan: (id): Promise<StoredPlan | null> =>
      database.read((db) => {
        const row = db.prepare('SELECT * FROM cleanup_plan WHERE id = ?').get(id);
        return row === undefined
          ? null
          : {
              id,
              createdAt: Number(row['created_at']),
              items: z.array(OrphanItem).parse(JSON.parse(String(row['items']))),
            };
      }),
  };
}

function insert(db: DatabaseSync, task: Task, owner: string, admission: Admission | undefined): Task {
  if (task.requestId !== null) {
    const earlier = load(db, 'request_id = ?', task.requestId);
    if (earlier !== null) {
      return earlier.task;
    }
  }
  const holder = load(db, 'holds_vm = 1 AND vm = ?', vmKey(task));
  if (holder !== null) {
    throw vmBusy(holder.task);
  }
  admission?.admit(count(db, admission.since));
  db.prepare(
    `INSERT INTO task (id, vm, vm_name, session_id, state, holds_vm, request_id, doc, owner, fence, seq, wake_at, created_at)
     VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, 1, 0, ?, ?)`,
  ).run(
    task.id,
    vmKey(task),
    task.plan.vmName.toLowerCase(),
    task.sessionId,
    task.state,
    task.requestId,
    JSON.stringify(task),
    owner,
    wakeAt(task),
    task.createdAt,
  );
  addEvent(db, task, { type: 'accepted' }, 1, task.createdAt);
  return task;
}

function count(db: DatabaseSync, since: number): TaskCounts {
  const created = db.prepare('SELECT COUNT(*) AS n FROM task WHERE created_at > ?').get(since);
  const holding = db.prepare('SELECT * FROM task WHERE holds_vm = 1').all();
  return { created: Number(created?.['n']), holding: holding.map((row) => toRow(row).task) };
}

function vmKey(task: Task): string {
  return task.plan.vmId.toLowerCase();
}

/** When the timer should look at a task; null where only a caller's wish moves it. */
function wakeAt(task: Task): number | null {
  if (isTerminal(task) || (task.state === 'analyzing' && !task.autoAnalyze)) {
    return null;
  }
  return task.nextAt;
}

function write(db: DatabaseSync, row: TaskRow, next: Task, event: TaskEvent, now: number): TaskRow {
  const free = isTerminal(next) || next.state === 'analyzing';
  db.prepare('UPDATE task SET state = ?, holds_vm = ?, doc = ?, wake_at = ?, owner = ? WHERE id = ?').run(
    next.state,
    holdsVm(next) ? 1 : 0,
    JSON.stringify(next),
    wakeAt(next),
    free ? null : row.owner,
    next.id,
  );
  if (isNews(row.task, next, event)) {
    addEvent(db, next, event, row.fence, now);
  }
  return { ...row, task: next, owner: free ? null : row.owner };
}

/** A look that shows nothing new updates the task but is no line in its journal. */
function isNews(before: Task, after: Task, event: TaskEvent): boolean {
  return (
    event.type !== 'observed' || before.state !== after.state || before.captureStatus !== after.captureStatus
  );
}

function addEvent(db: DatabaseSync, task: Task, event: TaskEvent, fence: number, at: number): void {
  const row = db.prepare('UPDATE task SET seq = seq + 1 WHERE id = ? RETURNING seq').get(task.id);
  db.prepare(
    'INSERT INTO event (task_id, seq, at, event, doc, fence, exported) VALUES (?, ?, ?, ?, ?, ?, 0)',
  ).run(task.id, Number(row?.['seq']), at, JSON.stringify(event), JSON.stringify(task), fence);
}

function exportLines(db: DatabaseSync, append: (lines: readonly Journal[]) => void): number {
  const rows = db
    .prepare('SELECT * FROM event WHERE exported = 0 ORDER BY at, task_id, seq LIMIT ?')
    .all(EXPORT_BATCH);
  if (rows.length === 0) {
    return 0;
  }
  append(rows.map(toJournal));
  const mark = db.prepare('UPDATE event SET exported = 1 WHERE task_id = ? AND seq = ?');
  rows.forEach((row) => {
    mark.run(String(row['task_id']), Number(row['seq']));
  });
  return rows.length;
}

function load(db: DatabaseSync, where: string, value: string): TaskRow | null {
  const row = db.prepare(`SELECT * FROM task WHERE ${where}`).get(value);
  return row === undefined ? null : toRow(row);
}

function text(value: SQLOutputValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function toRow(row: Row): TaskRow {
  return {
    task: Task.parse(JSON.parse(String(row['doc']))),
    owner: text(row['owner']),
    fence: Number(row['fence']),
    wish: StoredWish.parse(row['wish']),
  };
}

const StoredWish = z.enum(['stop', 'discard']).nullable();
const StoredEvent = z.custom<TaskEvent>((value) => z.object({ type: z.string() }).safeParse(value).success);

/** A journal line as its row holds it. */
export function toJournal(row: Row): Journal {
  return {
    taskId: String(row['task_id']),
    seq: Number(row['seq']),
    at: Number(row['at']),
    event: StoredEvent.parse(JSON.parse(String(row['event']))),
    task: Task.parse(JSON.parse(String(row['doc']))),
  };
}
