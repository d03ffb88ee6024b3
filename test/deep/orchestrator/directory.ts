import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLog } from '../../../src/adapters/jsonl-audit-log/audit-log.ts';
import { openLiveness } from '../../../src/adapters/sqlite-task-store/liveness.ts';
import { openTaskStore } from '../../../src/adapters/sqlite-task-store/store.ts';
import { CapwrightError } from '../../../src/domain/errors.ts';
import type { Task } from '../../../src/domain/task.ts';
import type { Artefacts, AuditLog, CaptureFiles, TaskStore } from '../../../src/ports.ts';
import { asChunks } from '../../fakes/chunks.ts';
import { createMemoryTables } from '../../fakes/memory-tables.ts';
import { atOnce } from '../../fakes/orchestrator.ts';
import { openMemoryTaskStore } from '../../fakes/memory-task-store.ts';

/** What one process opens of a state directory; `close` frees its lock, as the kernel does at its death. */
export interface Opened {
  store: TaskStore;
  audit: AuditLog;
  close(): void;
}

/** A state directory that outlives the processes that share it. */
export interface StateDirectory {
  open(owner: string): Promise<Opened>;
  artefacts: Artefacts;
  captureFiles: CaptureFiles;
  /** Contents by path. */
  files: Map<string, string>;
  /** The task of a capture; null where there is none, and where looking would take too long. */
  taskOf(captureName: string): Task | null;
  /** `id seq` of every audit line, in the order of the file. */
  auditKeys(): string[];
  remove(): void;
}

export type StoreKind = 'memory' | 'sqlite';

export function createStateDirectory(kind: StoreKind): StateDirectory {
  const files = new Map<string, string>();
  const shared = { artefacts: createMemoryArtefacts(files), captureFiles: createMemoryFiles(files), files };
  return { ...shared, ...(kind === 'memory' ? inMemory() : onDisk()) };
}

type Durable = Pick<StateDirectory, 'open' | 'taskOf' | 'auditKeys' | 'remove'>;

function inMemory(): Durable {
  const tables = createMemoryTables('sim');
  const keys: string[] = [];
  const present = new Set<string>();
  const audit: AuditLog = {
    append: (lines) => {
      for (const { taskId, seq } of lines) {
        const key = `${taskId} ${seq}`;
        if (!present.has(key)) {
          present.add(key);
          keys.push(key);
        }
      }
    },
  };
  return {
    open: async (owner) => {
      const store = openMemoryTaskStore(tables, owner);
      return { store, audit, close: () => store.close() };
    },
    taskOf: (name) => tables.rows.get(name.split('-').at(-1) ?? '')?.task ?? null,
    auditKeys: () => keys,
    remove: () => undefined,
  };
}

/** The real store and the real audit. Processes die here and the machine doesn't, so that no disk need be waited for. */
function onDisk(): Durable {
  const dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'capwright-sim-'));
  return {
    open: async (owner) => {
      const liveness = openLiveness(join(dir, 'owners'), owner);
      const path = join(dir, 'capwright.db');
      const store = await openTaskStore({ path, liveness, newDeploymentId: () => 'sim', turn: atOnce });
      const close = (): void => {
        store.close();
        liveness.close();
      };
      return { store, audit: createAuditLog(join(dir, 'audit')), close };
    },
    taskOf: () => null,
    auditKeys: () => auditKeysOf(join(dir, 'audit', 'orchestrator_tasks_test.jsonl')),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function auditKeysOf(path: string): string[] {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  return lines.map((line) => {
    const { task_id: id, seq } = JSON.parse(line);
    return `${id} ${seq}`;
  });
}

function createMemoryArtefacts(files: Map<string, string>): Artefacts {
  return {
    capturePath: (id, which) => `/state/captures/${id}${which === undefined ? '' : `_${which.ordinal}`}.cap`,
    resultPath: (id, name) => `/state/tasks/${id}/${name}`,
    save: async (id, name, content) => {
      const path = `/state/tasks/${id}/${name}`;
      files.set(path, content);
      return path;
    },
    keep: async () => {},
    list: async () => [],
    readFile: async (_id, name) => {
      throw new Error(`there is no ${name}`);
    },
    read: async (path) => {
      const content = files.get(path);
      if (content === undefined) {
        throw new Error(`there is no ${path}`);
      }
      return content;
    },
    leftovers: async () => [],
    expired: async () => [],
    captureSizes: async () => new Map(),
    dropUnfinished: async () => {},
    remove: async (path) => {
      files.delete(path);
    },
  };
}

function createMemoryFiles(files: Map<string, string>): CaptureFiles {
  return {
    inspect: async (path) => {
      const content = files.get(path);
      if (content === undefined) {
        throw new CapwrightError('FILE_NOT_FOUND', `there is no ${path}`, 'look elsewhere');
      }
      return { path, bytes: content.length, sha256: () => Promise.resolve(content), format: 'pcap' };
    },
    chunks: () => asChunks([]),
    places: () => asChunks([]),
    combine: async (paths, into) => {
      files.set(into, paths.map((path) => files.get(path)).join(' and '));
      return { combined: true, path: into, parts: [] };
    },
  };
}
