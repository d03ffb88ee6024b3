import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SessionJournal } from '../../domain/audit-verdict.ts';
import { toJournal } from './store.ts';

/** As long as a checkpoint of a busy server may hold us up. */
const BUSY_MS = 5000;

/** Reads one session's journal and changes nothing in it; where no database is, none is made. */
export function readSessionJournal(path: string, session: string): SessionJournal {
  if (!existsSync(path)) {
    return { unread: 'the state directory holds no journal' };
  }
  try {
    const lines = select(path, session);
    return lines.length === 0 ? { unread: 'the journal there does not know this session' } : { lines };
  } catch {
    return { unread: 'the journal there can not be read' };
  }
}

/** LIKE only spares us parsing most rows: its `_` fits any character. */
function select(path: string, session: string) {
  const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
  try {
    return db
      .prepare('SELECT * FROM event WHERE doc LIKE ? ORDER BY at, task_id, seq')
      .all(`%"sessionId":"${session}"%`)
      .map((row) => ({ entry: toJournal(row), exported: Number(row['exported']) === 1 }))
      .filter(({ entry }) => entry.task.sessionId === session);
  } finally {
    db.close();
  }
}
