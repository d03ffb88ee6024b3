import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { JournalLine, LineKey, SessionJournal } from '../../domain/audit-verdict.ts';
import { readJournal } from './rows.ts';

/** As long as a checkpoint of a busy server may hold us up. */
const BUSY_MS = 5000;

/** Reads one session's journal and changes nothing in it; where no database is, none is made. */
export function readSessionJournal(path: string, session: string): SessionJournal {
  if (!existsSync(path)) {
    return { unread: 'the state directory holds no journal' };
  }
  try {
    const found = select(path, session);
    return found.lines.length === 0 && found.unreadable.length === 0
      ? { unread: 'the journal there does not know this session' }
      : found;
  } catch {
    return { unread: 'the journal there can not be read' };
  }
}

function select(path: string, session: string): { lines: JournalLine[]; unreadable: LineKey[] } {
  const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
  try {
    const rows = db
      .prepare(
        `SELECT event.* FROM event JOIN task ON task.id = event.task_id
         WHERE task.session_id = ? ORDER BY event.at, event.task_id, event.seq`,
      )
      .all(session)
      .map((row) => ({ row, entry: readJournal(row) }));
    return {
      lines: rows.flatMap(({ row, entry }) =>
        entry === null ? [] : [{ entry, exported: Number(row['exported']) === 1 }],
      ),
      unreadable: rows.flatMap(({ row, entry }) =>
        entry === null ? [{ task_id: String(row['task_id']), seq: Number(row['seq']) }] : [],
      ),
    };
  } finally {
    db.close();
  }
}
