import { LONGEST_WAIT_MS } from '../../src/domain/next-action.ts';
import type { Journal } from '../../src/domain/task.ts';
import type { TaskRow, TaskStore } from '../../src/ports.ts';
import { pageOf } from './memory-page.ts';
import { addLine, count, insertAll, useUp, write, type MemoryTables, type Stored } from './memory-tables.ts';

/**
 * A task store that keeps the same contract as the one on SQLite, for simulations that live a thousand times a second.
 * `close` frees the lock of its process, as a death does.
 */
export function openMemoryTaskStore(tables: MemoryTables, self: string): TaskStore {
  tables.alive.add(self);
  const { deploymentId, alive } = tables;
  return {
    deploymentId,
    formerDeploymentIds: [],
    ...reads(tables),
    ...owning(tables, self),
    ...journals(tables),
    ...kept(tables),
    create: async (task, admission) => insertAll(tables, [task], self, { admission })[0] ?? task,
    createAll: async (tasks, options) => insertAll(tables, tasks, self, options),
    close: () => {
      alive.delete(self);
    },
  };
}

type Reads = 'get' | 'byRequest' | 'page' | 'counts' | 'active' | 'unreadable' | 'subscriptions';

function reads(tables: MemoryTables): Pick<TaskStore, Reads> {
  const { rows, unfinished, requests } = tables;
  return {
    get: async (id) => shown(rows.get(id)),
    byRequest: async (requestId) => shown(requests.get(requestId)),
    counts: async (since) => count(tables, since),
    page: async (query) =>
      pageOf(
        [...rows.values()].map(({ task }) => task),
        query,
      ),
    active: async () => byAge([...unfinished.values()]).flatMap((row) => shown(row) ?? []),
    unreadable: async () => [],
    subscriptions: async () => [
      ...new Set([...rows.values()].flatMap(({ task }) => subscriptionOf(task.plan.vmId))),
    ],
  };
}

function shown(row: Stored | undefined): TaskRow | null {
  return row === undefined ? null : { task: row.task, owner: row.owner, fence: row.fence, wish: row.wish };
}

function byAge(rows: readonly Stored[]): Stored[] {
  return rows.toSorted((a, b) => a.task.createdAt - b.task.createdAt || (a.task.id < b.task.id ? -1 : 1));
}

function subscriptionOf(vmId: string): string[] {
  return /^\/subscriptions\/([^/]+)\//.exec(vmId.toLowerCase())?.slice(1, 2) ?? [];
}

type Owning = 'claim' | 'due' | 'record' | 'setWish' | 'isOrphaned' | 'holderOf';

function owning(tables: MemoryTables, self: string): Pick<TaskStore, Owning> {
  const { rows, unfinished, alive } = tables;
  const claimable = (owner: string | null): boolean => owner === null || owner === self || !alive.has(owner);
  return {
    claim: async (id) => {
      const row = unfinished.get(id);
      if (row === undefined || !claimable(row.owner)) {
        return null;
      }
      if (row.owner !== self) {
        row.owner = self;
        row.fence += 1;
      }
      return shown(row);
    },
    due: async (now) =>
      [...unfinished.values()]
        .filter(({ wakeAt, owner }) => wakeAt !== null && isOver(wakeAt, now) && claimable(owner))
        .toSorted((a, b) => Number(a.wakeAt) - Number(b.wakeAt))
        .map(({ task }) => task.id),
    record: async (id, fence, event, now) => {
      const row = rows.get(id);
      if (row === undefined || row.owner !== self || row.fence !== fence) {
        return null;
      }
      write(tables, row, event, now);
      return shown(row);
    },
    setWish: async (id, wish, now, approvedBy) => {
      const row = unfinished.get(id);
      if (row === undefined || row.wish === 'discard') {
        return;
      }
      row.wish = wish;
      row.wakeAt = row.task.state === 'analyzing' && wish === 'stop' ? row.wakeAt : now;
      if (approvedBy !== undefined) {
        addLine(tables, row, { type: 'discard_approved', by: approvedBy }, now);
      }
    },
    isOrphaned: ({ owner }) => owner !== null && !alive.has(owner),
    holderOf: ({ owner }) => (owner !== null && owner !== self && alive.has(owner) ? { pid: null } : null),
  };
}

/** What seems to lie beyond the longest wait was stored before the clock was set back. */
function isOver(wakeAt: number, now: number): boolean {
  return wakeAt <= now || wakeAt > now + LONGEST_WAIT_MS;
}

type Journals = 'journal' | 'exportJournal' | 'auditEnds' | 'exportedLines' | 'exportAgain';

function journals(tables: MemoryTables): Pick<TaskStore, Journals> {
  return {
    journal: async (id) => [...(tables.journal.get(id) ?? [])],
    exportJournal: async (append) => exportLines(tables, append),
    auditEnds: async () =>
      [...tables.ends].map(([sessionId, { taskId, seq }]) => ({ sessionId, task_id: taskId, seq })),
    exportedLines: async (sessionId) => {
      const waiting = new Set(tables.unexported);
      return [...tables.journal.values()]
        .flat()
        .filter((line) => line.task.sessionId === sessionId && !waiting.has(line))
        .map(({ taskId, seq }) => ({ task_id: taskId, seq }));
    },
    exportAgain: async (lines) => {
      const wanted = new Set(lines.map(({ task_id: id, seq }) => `${id} ${seq}`));
      const waiting = new Set(tables.unexported);
      const again = [...tables.journal.values()]
        .flat()
        .filter((line) => wanted.has(`${line.taskId} ${line.seq}`) && !waiting.has(line));
      tables.unexported.push(...again);
    },
  };
}

const EXPORT_BATCH = 500;

function exportLines(tables: MemoryTables, append: (lines: readonly Journal[]) => void): number {
  if (tables.unexported.length === 0) {
    return 0;
  }
  const waiting = tables.unexported.toSorted(
    (a, b) => a.at - b.at || (a.taskId === b.taskId ? a.seq - b.seq : a.taskId < b.taskId ? -1 : 1),
  );
  const lines = inOrder(waiting.slice(0, EXPORT_BATCH));
  append(lines);
  tables.unexported = waiting.slice(EXPORT_BATCH);
  lines.forEach((line) => tables.ends.set(line.task.sessionId, line));
  return lines.length;
}

/** A clock that was set back between two lines of a task must not turn them round. */
function inOrder(lines: readonly Journal[]): Journal[] {
  if (lines.length < 2) {
    return [...lines];
  }
  const queues = new Map(
    [...Map.groupBy(lines, ({ taskId }) => taskId)].map(([id, own]) => [
      id,
      own.toSorted((a, b) => a.seq - b.seq),
    ]),
  );
  return lines.flatMap(({ taskId }) => queues.get(taskId)?.shift() ?? []);
}

function kept(
  tables: MemoryTables,
): Pick<TaskStore, 'saveApproval' | 'loadApproval' | 'useApproval' | 'savePlan' | 'loadPlan'> {
  const { approvals, plans } = tables;
  return {
    saveApproval: async (plan) => {
      approvals.set(plan.id, { plan: structuredClone(plan), used: false });
    },
    loadApproval: async (id) => {
      const found = approvals.get(id);
      return found === undefined ? null : { ...structuredClone(found.plan), used: found.used };
    },
    useApproval: async (id) => useUp(tables, id),
    savePlan: async (plan) => {
      plans.set(plan.id, structuredClone(plan));
    },
    loadPlan: async (id) => structuredClone(plans.get(id) ?? null),
  };
}
