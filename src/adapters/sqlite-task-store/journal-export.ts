import type { DatabaseSync } from 'node:sqlite';
import type { LineKey } from '../../domain/audit-verdict.ts';
import type { Journal } from '../../domain/task.ts';
import type { AuditEnd } from '../../ports.ts';
import { parseJson, readJournal, type Row } from './rows.ts';

const EXPORT_BATCH = 500;

/** What the column `exported` holds: waiting, written to the audit file, or too damaged ever to be. */
const WAITING = 0;
const WRITTEN = 1;
const SPOILT = 2;

export type ExportLines = (db: DatabaseSync, append: (lines: readonly Journal[]) => void) => number;

/**
 * Hands waiting lines over, those of one task always in their order. A damaged line is told and left out for good; one
 * that a newer version wrote is left to that version, with all that follows it in its task.
 */
export function createExportLines(tell: (taskId: string) => void): ExportLines {
  const leftToNewer = new Set<string>();
  return (db, append) => {
    const ready: Journal[] = [];
    for (const row of waiting(db, [...leftToNewer])) {
      const taskId = String(row['task_id']);
      const line = readJournal(row);
      if (line !== null && !leftToNewer.has(taskId)) {
        ready.push(line);
      } else if (line === null && !leftToNewer.has(taskId)) {
        tell(taskId);
        if (isDamaged(row)) {
          mark(db, taskId, Number(row['seq']), SPOILT);
        } else {
          leftToNewer.add(taskId);
        }
      }
    }
    const lines = inOrder(ready);
    if (lines.length > 0) {
      append(lines);
      lines.forEach(({ taskId, seq }) => mark(db, taskId, seq, WRITTEN));
      noteEnds(db, lines);
    }
    return lines.length;
  };
}

/** Asked first, since most of the time there is nothing, and a write would make others wait. */
export function hasWaiting(db: DatabaseSync): boolean {
  return db.prepare(`SELECT 1 FROM event WHERE exported = ${WAITING} LIMIT 1`).get() !== undefined;
}

function waiting(db: DatabaseSync, without: readonly string[]): Row[] {
  const others = without.length === 0 ? '' : `AND task_id NOT IN (${without.map(() => '?').join(', ')})`;
  return db
    .prepare(
      `SELECT * FROM event WHERE exported = ${WAITING} ${others} ORDER BY at, task_id, seq LIMIT ${EXPORT_BATCH}`,
    )
    .all(...without);
}

function isDamaged(row: Row): boolean {
  return parseJson(row['doc']) === undefined || parseJson(row['event']) === undefined;
}

/** A clock that was set back between two lines of a task must not turn them round. */
function inOrder(lines: readonly Journal[]): Journal[] {
  const queues = new Map(
    [...Map.groupBy(lines, ({ taskId }) => taskId)].map(([taskId, own]) => [
      taskId,
      own.toSorted((a, b) => a.seq - b.seq),
    ]),
  );
  return lines.flatMap(({ taskId }) => queues.get(taskId)?.shift() ?? []);
}

function mark(db: DatabaseSync, taskId: string, seq: number, as: number): void {
  db.prepare('UPDATE event SET exported = ? WHERE task_id = ? AND seq = ?').run(as, taskId, seq);
}

function noteEnds(db: DatabaseSync, lines: readonly Journal[]): void {
  const note = db.prepare(
    `INSERT INTO audit_end (session_id, task_id, seq) VALUES (?, ?, ?)
     ON CONFLICT (session_id) DO UPDATE SET task_id = excluded.task_id, seq = excluded.seq`,
  );
  new Map(lines.map((line) => [line.task.sessionId, line])).forEach(({ taskId, seq }, sessionId) =>
    note.run(sessionId, taskId, seq),
  );
}

export function auditEnds(db: DatabaseSync): AuditEnd[] {
  return db
    .prepare('SELECT session_id, task_id, seq FROM audit_end')
    .all()
    .map((row) => ({ sessionId: String(row['session_id']), ...toKey(row) }));
}

export function exportedLines(db: DatabaseSync, sessionId: string): LineKey[] {
  return db
    .prepare(
      `SELECT event.task_id, event.seq FROM event JOIN task ON task.id = event.task_id
       WHERE task.session_id = ? AND event.exported = ${WRITTEN}`,
    )
    .all(sessionId)
    .map(toKey);
}

export function exportAgain(db: DatabaseSync, lines: readonly LineKey[]): void {
  lines.forEach(({ task_id: taskId, seq }) => mark(db, taskId, seq, WAITING));
}

function toKey(row: Row): LineKey {
  return { task_id: String(row['task_id']), seq: Number(row['seq']) };
}
