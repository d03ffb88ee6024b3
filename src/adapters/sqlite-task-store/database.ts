import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { CapwrightError } from '../../domain/errors.ts';
import { requireLocalDisk } from './local-disk.ts';
import { makePrivate } from './private-file.ts';
import { MIGRATIONS } from './schema.ts';
import { stateTrouble, withoutTrouble } from './trouble.ts';

const SQLITE_BUSY = 5;
const BUSY_MS = 5;
const GIVE_UP_MS = 30_000;

/**
 * A SQLite file that several processes share. Both methods throw DISK_FULL or STATE_UNAVAILABLE where the disk or
 * another process is in the way; a write is whole or not at all.
 */
export interface Database {
  /**
   * Runs `body` in one write transaction. Waits for other writers without blocking the event loop, and lets it go round
   * between two writes of this process.
   */
  write<T>(body: (db: DatabaseSync) => T): Promise<T>;
  read<T>(body: (db: DatabaseSync) => T): Promise<T>;
  close(): void;
}

/** Resolves when the next write may begin. */
export type Turn = () => Promise<void>;

/**
 * Opens or creates the database, mode 0600. The built-in busy handler would block the event loop, so it is kept to
 * a few milliseconds and the waiting is done here, with jitter.
 */
export async function openDatabase(path: string, turn: Turn = createTurns()): Promise<Database> {
  const db = withoutTrouble(() => open(path));
  const database: Database = {
    write: async (body) => {
      await turn();
      return patiently(() => {
        db.exec('BEGIN IMMEDIATE');
        try {
          const result = body(db);
          db.exec('COMMIT');
          return result;
        } catch (error) {
          rollBack(db);
          throw error;
        }
      });
    },
    read: (body) => patiently(() => body(db)),
    close: () => db.close(),
  };
  try {
    await patiently(() =>
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON'),
    );
    await database.write(migrate);
  } catch (error) {
    db.close();
    throw error;
  }
  return database;
}

/** The file itself may be a link that leads elsewhere than its folder. */
function open(path: string): DatabaseSync {
  requireLocalDisk(dirname(path));
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  requireLocalDisk(path);
  makePrivate(path);
  const db = new Prepared(path, { timeout: BUSY_MS });
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** More statements than we have; those of pages differ by their conditions. */
const MOST_STATEMENTS = 200;

/** Keeps each statement, since making one costs as much as running it. */
class Prepared extends DatabaseSync {
  readonly #statements = new Map<string, StatementSync>();

  override prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      return known;
    }
    if (this.#statements.size >= MOST_STATEMENTS) {
      this.#statements.clear();
    }
    const made = super.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }
}

/** A full disk has rolled back already; a second time would hide what happened. */
function rollBack(db: DatabaseSync): void {
  if (db.isTransaction) {
    db.exec('ROLLBACK');
  }
}

function migrate(db: DatabaseSync): void {
  const row = db.prepare('PRAGMA user_version').get();
  const version = Number(row?.['user_version'] ?? 0);
  if (version > MIGRATIONS.length) {
    throw new CapwrightError(
      'STATE_UNAVAILABLE',
      'The state directory was written by a newer Capwright.',
      'Run that newer version, or point CAPWRIGHT_STATE_DIR to another directory.',
    );
  }
  if (version === MIGRATIONS.length) {
    return;
  }
  MIGRATIONS.slice(version).forEach((sql) => {
    db.exec(sql);
  });
  db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
}

/**
 * One write for each turn of the event loop, in the order in which they were asked for. Writing blocks until the disk has
 * it, and one answer of Azure can set off hundreds: signals, timers and other answers must not wait for them all.
 */
function createTurns(): Turn {
  const waiting: (() => void)[] = [];
  let taken = false;
  const pass = (): void => {
    const next = waiting.shift();
    taken = next !== undefined;
    if (next !== undefined) {
      setImmediate(pass);
      next();
    }
  };
  return async () => {
    if (taken) {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return;
    }
    taken = true;
    setImmediate(pass);
  };
}

async function patiently<T>(attempt: () => T): Promise<T> {
  const started = performance.now();
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() - started > GIVE_UP_MS) {
        throw stateTrouble(error);
      }
    }
    await delay(2 + Math.random() * 20);
  }
}

export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}
