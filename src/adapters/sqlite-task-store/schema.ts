/**
 * One migration per version, applied in order and never edited. SQL is kept to what Postgres takes too (RETURNING, ON
 * CONFLICT, partial indexes), so that the same statements can serve replicas later. What differs there: parameters are
 * `$1` instead of `?`; INTEGER columns that hold milliseconds are BIGINT; `SELECT ... FOR UPDATE` stands for
 * `BEGIN IMMEDIATE`; and the PRAGMAs, all of which stand in database.ts, fall away.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE task (
    id TEXT PRIMARY KEY,
    vm TEXT NOT NULL,
    vm_name TEXT NOT NULL,
    session_id TEXT NOT NULL,
    state TEXT NOT NULL,
    holds_vm INTEGER NOT NULL,
    request_id TEXT UNIQUE,
    doc TEXT NOT NULL,
    owner TEXT,
    fence INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    wish TEXT,
    wake_at INTEGER,
    created_at INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX one_capture_per_vm ON task (vm) WHERE holds_vm = 1;
  CREATE INDEX task_wake ON task (wake_at) WHERE wake_at IS NOT NULL;
  CREATE INDEX task_page ON task (created_at, id);
  CREATE TABLE event (
    task_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    doc TEXT NOT NULL,
    fence INTEGER NOT NULL,
    exported INTEGER NOT NULL,
    PRIMARY KEY (task_id, seq)
  );
  CREATE INDEX event_unexported ON event (at, task_id, seq) WHERE exported = 0;
  CREATE TABLE cleanup_plan (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, items TEXT NOT NULL);
  `,
  'CREATE TABLE audit_end (session_id TEXT PRIMARY KEY, task_id TEXT NOT NULL, seq INTEGER NOT NULL)',
  'CREATE TABLE approval (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, used INTEGER NOT NULL, doc TEXT NOT NULL)',
  `
  CREATE INDEX task_vm ON task (vm, created_at, id);
  CREATE INDEX task_vm_name ON task (vm_name, created_at, id);
  `,
];
