import type { DatabaseSync } from 'node:sqlite';
import { LONGEST_WAIT_MS } from '../../domain/next-action.ts';
import { evolve } from '../../domain/evolve.ts';
import { isTerminal } from '../../domain/task.ts';
import type { TaskStore, UnreadableTask } from '../../ports.ts';
import { approvals } from './approvals.ts';
import { openDatabase, type Database, type Turn } from './database.ts';
import { createPlaceCheck, deploymentOf, homeOf } from './deployment.ts';
import {
  auditEnds,
  createExportLines,
  exportAgain,
  exportedLines,
  hasWaiting,
  type ExportLines,
} from './journal-export.ts';
import { pidOf, type Liveness } from './liveness.ts';
import { readPage } from './page.ts';
import { plans } from './plans.ts';
import { createReader, readJournal, text, type Reader, type Row } from './rows.ts';
import { count, insertAll, load, UNFINISHED, wish, write } from './task-rows.ts';

/**
 * Tasks in one SQLite file that several processes of one machine may share. `unreadable` hears once of each task of
 * which something can't be read; `turn` is for simulated time, which must not run on between two writes.
 */
export async function openTaskStore(options: {
  path: string;
  liveness: Liveness;
  newDeploymentId: () => string;
  unreadable?: (taskId: string) => void;
  turn?: Turn;
}): Promise<TaskStore> {
  const { path, liveness, newDeploymentId, unreadable = () => {} } = options;
  const database = await openDatabase(path, options.turn);
  const deployment = await database.write((db) => deploymentOf(db, homeOf(path), newDeploymentId));
  const deps: Deps = {
    database,
    mustBeInPlace: createPlaceCheck(path),
    liveness,
    reader: createReader(unreadable),
    exportLines: createExportLines(unreadable),
    claimable: (owner) => owner === null || owner === liveness.self || !liveness.holdsLock(owner),
  };
  return {
    deploymentId: deployment.id,
    formerDeploymentIds: deployment.former,
    ...reads(deps),
    ...owners(deps),
    ...writes(deps),
    ...journals(deps),
    ...plans(database),
    ...approvals(database),
    close: () => database.close(),
  };
}

interface Deps {
  database: Database;
  mustBeInPlace: () => void;
  liveness: Liveness;
  reader: Reader;
  exportLines: ExportLines;
  claimable: (owner: string | null) => boolean;
}

function reads({
  database,
  reader,
}: Deps): Pick<
  TaskStore,
  'get' | 'byRequest' | 'page' | 'counts' | 'active' | 'unreadable' | 'subscriptions'
> {
  return {
    get: (id) => database.read((db) => load(db, reader, 'id = ?', id)),
    byRequest: (requestId) => database.read((db) => load(db, reader, 'request_id = ?', requestId)),
    counts: (since) => database.read((db) => count(db, reader, since)),
    page: (query) => database.read((db) => readPage(db, reader, query)),
    active: () => database.read((db) => reader.all(unfinished(db))),
    unreadable: () =>
      database.read((db) => {
        const rows = unfinished(db);
        const readable = new Set(reader.all(rows).map(({ task }) => task.id));
        return rows.filter((row) => !readable.has(String(row['id']))).map(toUnreadable);
      }),
    subscriptions: () => database.read(subscriptions),
  };
}

function unfinished(db: DatabaseSync): Row[] {
  return db.prepare(`SELECT * FROM task WHERE ${UNFINISHED} ORDER BY created_at, id`).all();
}

function toUnreadable(row: Row): UnreadableTask {
  return {
    id: String(row['id']),
    state: String(row['state']),
    vmId: String(row['vm']),
    holdsVm: Number(row['holds_vm']) === 1,
    createdAt: Number(row['created_at']),
  };
}

/** From the column that holds the VM, so that no record has to be read for it. */
function subscriptions(db: DatabaseSync): string[] {
  const ids = db
    .prepare('SELECT DISTINCT vm FROM task')
    .all()
    .flatMap((row) => /^\/subscriptions\/([^/]+)\//.exec(String(row['vm']))?.[1] ?? []);
  return [...new Set(ids)].toSorted();
}

function owners({
  database,
  liveness,
  reader,
  claimable,
}: Deps): Pick<TaskStore, 'due' | 'isOrphaned' | 'holderOf'> {
  return {
    due: (now) => database.read((db) => due(db, now, claimable).filter((id) => !reader.isSpoilt(db, id))),
    isOrphaned: (row) => row.owner !== null && !liveness.holdsLock(row.owner),
    holderOf: ({ owner }) =>
      owner !== null && owner !== liveness.self && liveness.holdsLock(owner) ? { pid: pidOf(owner) } : null,
  };
}

/** Waits beyond the longest there is were stored before the clock was set back, and count as over. */
function due(db: DatabaseSync, now: number, claimable: Deps['claimable']): string[] {
  const rows = db
    .prepare('SELECT id, owner FROM task WHERE wake_at <= ? OR wake_at > ? ORDER BY wake_at')
    .all(now, now + LONGEST_WAIT_MS);
  const owners = new Map(
    [...new Set(rows.map((row) => text(row['owner'])))].map((owner) => [owner, claimable(owner)]),
  );
  return rows.filter((row) => owners.get(text(row['owner']))).map((row) => String(row['id']));
}

function writes({
  database,
  mustBeInPlace,
  liveness: { self },
  reader,
  claimable,
}: Deps): Pick<TaskStore, 'create' | 'createAll' | 'claim' | 'record' | 'setWish'> {
  const createAll: TaskStore['createAll'] = (tasks, options) =>
    database.write((db) => {
      mustBeInPlace();
      return insertAll(db, reader, { tasks, owner: self, ...options });
    });
  return {
    create: async (task, admission) => (await createAll([task], { admission }))[0] ?? task,
    createAll,
    claim: (id) =>
      database.write((db) => {
        const row = load(db, reader, 'id = ?', id);
        if (row === null || isTerminal(row.task) || !claimable(row.owner)) {
          return null;
        }
        if (row.owner !== self) {
          db.prepare('UPDATE task SET owner = ?, fence = fence + 1 WHERE id = ?').run(self, id);
        }
        return load(db, reader, 'id = ?', id);
      }),
    record: (id, fence, event, now) =>
      database.write((db) => {
        const row = load(db, reader, 'id = ?', id);
        const held = row !== null && row.owner === self && row.fence === fence;
        return held ? write(db, row, evolve(row.task, event, now), event, now) : null;
      }),
    setWish: (id, wanted, now, approvedBy) =>
      database.write((db) => wish(db, reader, { id, wish: wanted, now, approvedBy })),
  };
}

function journals({
  database,
  exportLines,
}: Deps): Pick<TaskStore, 'journal' | 'exportJournal' | 'auditEnds' | 'exportedLines' | 'exportAgain'> {
  return {
    journal: (id) =>
      database.read((db) =>
        db
          .prepare('SELECT * FROM event WHERE task_id = ? ORDER BY seq')
          .all(id)
          .map(readJournal)
          .filter((line) => line !== null),
      ),
    exportJournal: async (append) =>
      (await database.read(hasWaiting)) ? database.write((db) => exportLines(db, append)) : 0,
    auditEnds: () => database.read(auditEnds),
    exportedLines: (sessionId) => database.read((db) => exportedLines(db, sessionId)),
    exportAgain: (lines) => database.write((db) => exportAgain(db, lines)),
  };
}
