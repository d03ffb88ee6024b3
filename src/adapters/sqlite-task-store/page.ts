import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { z } from 'zod';
import { CapwrightError } from '../../domain/errors.ts';
import type { TaskPage, TaskQuery } from '../../ports.ts';
import type { Reader } from './rows.ts';

const Cursor = z.tuple([z.number(), z.string()]);

/** One page by keyset: a task made meanwhile shifts nothing, and the last page costs no more than the first. */
export function readPage(db: DatabaseSync, reader: Reader, query: TaskQuery): TaskPage {
  const { where, values } = conditions(query);
  const rows = db
    .prepare(`SELECT * FROM task ${where} ORDER BY created_at DESC, id DESC LIMIT ?`)
    .all(...values, query.limit + 1);
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  const tasks = reader.all(shown).map(({ task }) => task);
  const readable = new Set(tasks.map(({ id }) => id));
  return {
    tasks,
    unreadable: shown.map((row) => String(row['id'])).filter((id) => !readable.has(id)),
    cursor:
      rows.length > shown.length && last !== undefined
        ? encode(Number(last['created_at']), String(last['id']))
        : null,
  };
}

function conditions(query: TaskQuery): { where: string; values: SQLInputValue[] } {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  if (query.cursor !== null) {
    const [createdAt, id] = decode(query.cursor);
    parts.push('(created_at < ? OR (created_at = ? AND id < ?))');
    values.push(createdAt, createdAt, id);
  }
  if (query.states.length > 0) {
    parts.push(`state IN (${query.states.map(() => '?').join(', ')})`);
    values.push(...query.states);
  }
  if (query.vm !== null) {
    parts.push(query.vm.includes('/') ? 'vm = ?' : 'vm_name = ?');
    values.push(query.vm.toLowerCase());
  }
  if (query.sessionId !== null) {
    parts.push('session_id = ?');
    values.push(query.sessionId);
  }
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}

function encode(createdAt: number, id: string): string {
  return Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');
}

function decode(cursor: string): z.infer<typeof Cursor> {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      'The cursor is none that list_tasks answered.',
      'Call list_tasks with the next_cursor of the page before, or without a cursor.',
    );
  }
}
