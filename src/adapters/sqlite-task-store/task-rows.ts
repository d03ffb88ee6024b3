import type { DatabaseSync } from 'node:sqlite';
import { planUsed, type ApprovedBy } from '../../domain/approval.ts';
import { isNews } from '../../domain/news.ts';
import { vmBusy } from '../../domain/task-errors.ts';
import { holdsVm, isTerminal, type Task, type TaskEvent, type Wish } from '../../domain/task.ts';
import type { Admission, TaskCounts, TaskRow } from '../../ports.ts';
import { useUp } from './approvals.ts';
import type { Reader } from './rows.ts';

/** Of rows: the state is none of those that end a task. */
export const UNFINISHED = "state NOT IN ('completed', 'failed', 'cancelled', 'timed_out')";

export interface Insertion {
  /** The request id of the first stands for all. */
  tasks: readonly Task[];
  owner: string;
  admission?: Admission | undefined;
  /** An approval that this uses up. */
  planId?: string | undefined;
}

/** Stores new tasks, all or none, unless their request is known or a VM taken. */
export function insertAll(
  db: DatabaseSync,
  reader: Reader,
  { tasks, owner, admission, planId }: Insertion,
): Task[] {
  const earlier = ofRequest(db, reader, tasks[0]?.requestId ?? null);
  if (earlier !== null) {
    return earlier;
  }
  tasks.forEach((task) => mustBeFree(db, reader, task));
  admission?.admit(count(db, reader, admission.since));
  if (planId !== undefined && !useUp(db, planId)) {
    throw planUsed({ tool: 'start_capture', taskIds: tasks.map(({ id }) => id) });
  }
  tasks.forEach((task, n) => {
    mustBeFree(db, reader, task);
    insert(db, task, { owner, requestId: n === 0 ? task.requestId : null });
  });
  return [...tasks];
}

/** The tasks that a request made, in its order, or null for a new one. */
function ofRequest(db: DatabaseSync, reader: Reader, requestId: string | null): Task[] | null {
  const row = requestId === null ? null : load(db, reader, 'request_id = ?', requestId);
  if (row === null) {
    return null;
  }
  const ids = row.task.group?.taskIds ?? [row.task.id];
  return ids.flatMap((id) => load(db, reader, 'id = ?', id)?.task ?? []);
}

function mustBeFree(db: DatabaseSync, reader: Reader, task: Task): void {
  const holder = load(db, reader, 'holds_vm = 1 AND vm = ?', vmKey(task));
  if (holder !== null) {
    throw vmBusy(holder.task);
  }
}

function insert(
  db: DatabaseSync,
  task: Task,
  { owner, requestId }: { owner: string; requestId: string | null },
): void {
  db.prepare(
    `INSERT INTO task (id, vm, vm_name, session_id, state, holds_vm, request_id, doc, owner, fence, seq, wake_at, created_at)
     VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, 1, 0, ?, ?)`,
  ).run(
    task.id,
    vmKey(task),
    task.plan.vmName.toLowerCase(),
    task.sessionId,
    task.state,
    requestId,
    JSON.stringify(task),
    owner,
    wakeAt(task),
    task.createdAt,
  );
  addEvent(db, task, { type: 'accepted' }, 1, task.createdAt);
}

/** Notes a wish that is not there yet, and in the journal who agreed to it. */
export function wish(
  db: DatabaseSync,
  reader: Reader,
  { id, wish, now, approvedBy }: { id: string; wish: Wish; now: number; approvedBy: ApprovedBy | undefined },
): void {
  const { changes } = db
    .prepare(
      `UPDATE task SET wish = ?, wake_at = CASE WHEN state = 'analyzing' AND ? = 'stop' THEN wake_at ELSE ? END
       WHERE id = ? AND (wish IS NULL OR wish <> 'discard') AND ${UNFINISHED}`,
    )
    .run(wish, wish, now, id);
  const row = changes === 0 || approvedBy === undefined ? null : load(db, reader, 'id = ?', id);
  if (row !== null && approvedBy !== undefined) {
    addEvent(db, row.task, { type: 'discard_approved', by: approvedBy }, row.fence, now);
  }
}

/** What limits on captures are counted from. */
export function count(db: DatabaseSync, reader: Reader, since: number): TaskCounts {
  const created = db.prepare('SELECT COUNT(*) AS n FROM task WHERE created_at > ?').get(since);
  const rows = db.prepare('SELECT * FROM task WHERE holds_vm = 1').all();
  const holding = reader.all(rows).map(({ task }) => task);
  return { created: Number(created?.['n']), holding, unreadable: rows.length - holding.length };
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

/** Stores what an event made of a task, and its line in the journal where it is news. */
export function write(db: DatabaseSync, row: TaskRow, next: Task, event: TaskEvent, now: number): TaskRow {
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

function addEvent(db: DatabaseSync, task: Task, event: TaskEvent, fence: number, at: number): void {
  const row = db.prepare('UPDATE task SET seq = seq + 1 WHERE id = ? RETURNING seq').get(task.id);
  db.prepare(
    'INSERT INTO event (task_id, seq, at, event, doc, fence, exported) VALUES (?, ?, ?, ?, ?, ?, 0)',
  ).run(task.id, Number(row?.['seq']), at, JSON.stringify(event), JSON.stringify(task), fence);
}

/** The first task that fits, or null; throws TASK_UNREADABLE. */
export function load(db: DatabaseSync, reader: Reader, where: string, value: string): TaskRow | null {
  const row = db.prepare(`SELECT * FROM task WHERE ${where}`).get(value);
  return row === undefined ? null : reader.one(row);
}
