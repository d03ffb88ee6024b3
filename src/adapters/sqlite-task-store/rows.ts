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

/** A task that is read is never changed in place, so that all its readers may be given the same. */
export function createReader(tell: (taskId: string) => void): Reader {
  const parse = createParse();
  const spoilt = new Map<string, string>();
  const read = (row: Row): TaskRow | null => {
    const id = String(row['id']);
    const found = readRow(row, parse);
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

/** Tasks that are kept parsed, and the longest document of one, in characters: that of a ring may have megabytes. */
const MOST_KEPT = 1000;
const LONGEST_KEPT = 16_384;

type Parse = (row: Row) => Task | undefined;

/** Checking a document costs many times what reading it does, and most are read again before they change. */
function createParse(): Parse {
  const kept = new Map<string, { doc: string; task: Task }>();
  return (row) => {
    const id = String(row['id']);
    const doc = String(row['doc']);
    const known = kept.get(id);
    if (known?.doc === doc) {
      return known.task;
    }
    kept.delete(id);
    const task = Task.safeParse(parseJson(doc)).data;
    if (task !== undefined && doc.length <= LONGEST_KEPT) {
      const oldest = kept.size < MOST_KEPT ? undefined : kept.keys().next().value;
      if (oldest !== undefined) {
        kept.delete(oldest);
      }
      kept.set(id, { doc, task });
    }
    return task;
  };
}

function readRow(row: Row, parse: Parse): TaskRow | null {
  const task = parse(row);
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
