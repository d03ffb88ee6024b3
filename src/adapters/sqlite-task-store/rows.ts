import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { z } from 'zod';
import { taskUnreadable } from '../../domain/task-errors.ts';
import { Task, type Journal, type TaskEvent } from '../../domain/task.ts';
import type { TaskRow } from '../../ports.ts';

export type Row = Record<string, SQLOutputValue>;

/**
 * Reads rows of tasks. One that is damaged, or that a newer version wrote, is told once and then hides nothing but
 * itself.
 */
export interface Reader {
  /** Throws TASK_UNREADABLE. */
  one(row: Row): TaskRow;
  /** The rows that can be read. */
  all(rows: readonly Row[]): TaskRow[];
  /** Whether a row was found unreadable before and is still the same; looks into the table only then. */
  isSpoilt(db: DatabaseSync, id: string): boolean;
}

export function createReader(tell: (taskId: string) => void): Reader {
  const spoilt = new Map<string, string>();
  const read = (row: Row): TaskRow | null => {
    const id = String(row['id']);
    const found = readRow(row);
    if (found !== null) {
      spoilt.delete(id);
      return found;
    }
    if (!spoilt.has(id)) {
      tell(id);
    }
    spoilt.set(id, String(row['doc']));
    return null;
  };
  return {
    one: (row) => {
      const found = read(row);
      if (found === null) {
        throw taskUnreadable(String(row['id']));
      }
      return found;
    },
    all: (rows) => rows.map(read).filter((row) => row !== null),
    isSpoilt: (db, id) => {
      const doc = spoilt.get(id);
      return doc !== undefined && db.prepare('SELECT doc FROM task WHERE id = ?').get(id)?.['doc'] === doc;
    },
  };
}

const StoredWish = z.enum(['stop', 'discard']).nullable();
const StoredEvent = z.custom<TaskEvent>((value) => z.object({ type: z.string() }).safeParse(value).success);

function readRow(row: Row): TaskRow | null {
  const task = Task.safeParse(parseJson(row['doc'])).data;
  const wish = StoredWish.safeParse(row['wish']).data;
  return task === undefined || wish === undefined || task.id !== row['id']
    ? null
    : { task, owner: text(row['owner']), fence: Number(row['fence']), wish };
}

/** Undefined where it is no JSON. */
export function parseJson(value: SQLOutputValue | undefined): unknown {
  try {
    return JSON.parse(String(value));
  } catch {
    return undefined;
  }
}

export function text(value: SQLOutputValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** A journal line as its row holds it, or null where it can't be read. */
export function readJournal(row: Row): Journal | null {
  const event = StoredEvent.safeParse(parseJson(row['event'])).data;
  const task = Task.safeParse(parseJson(row['doc'])).data;
  return event === undefined || task === undefined
    ? null
    : { taskId: String(row['task_id']), seq: Number(row['seq']), at: Number(row['at']), event, task };
}
