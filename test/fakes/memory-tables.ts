import { planUsed, type ApprovalPlan } from '../../src/domain/approval.ts';
import { evolve } from '../../src/domain/evolve.ts';
import { isNews } from '../../src/domain/news.ts';
import { vmBusy } from '../../src/domain/task-errors.ts';
import { holdsVm, isTerminal, type Journal, type Task, type TaskEvent } from '../../src/domain/task.ts';
import type { Admission, StoredPlan, TaskCounts, TaskRow } from '../../src/ports.ts';

/** What a task's row holds besides what the port shows. */
export interface Stored extends TaskRow {
  seq: number;
  wakeAt: number | null;
}

/** The task table of one state directory, shared by the stores of several simulated processes. */
export interface MemoryTables {
  readonly deploymentId: string;
  /** Owners whose kernel lock is held. */
  readonly alive: Set<string>;
  readonly rows: Map<string, Stored>;
  readonly unfinished: Map<string, Stored>;
  /** By request id, the row of the first task that the request made. */
  readonly requests: Map<string, Stored>;
  readonly journal: Map<string, Journal[]>;
  readonly plans: Map<string, StoredPlan>;
  readonly approvals: Map<string, { plan: ApprovalPlan; used: boolean }>;
  /** The last line that the audit of each session was given. */
  readonly ends: Map<string, Journal>;
  unexported: Journal[];
}

export function createMemoryTables(deploymentId: string): MemoryTables {
  return {
    deploymentId,
    alive: new Set(),
    rows: new Map(),
    unfinished: new Map(),
    requests: new Map(),
    journal: new Map(),
    plans: new Map(),
    approvals: new Map(),
    ends: new Map(),
    unexported: [],
  };
}

/** Stores new tasks, all or none, unless their request is known or a VM taken. */
export function insertAll(
  tables: MemoryTables,
  tasks: readonly Task[],
  owner: string,
  { admission, planId }: { admission?: Admission | undefined; planId?: string | undefined },
): Task[] {
  const requestId = tasks[0]?.requestId ?? null;
  const earlier = requestId === null ? undefined : tables.requests.get(requestId);
  if (earlier !== undefined) {
    const ids = earlier.task.group?.taskIds ?? [earlier.task.id];
    return ids.flatMap((id) => tables.rows.get(id)?.task ?? []);
  }
  tasks.forEach((task, n) => mustBeFree(tables, task, tasks.slice(0, n)));
  admission?.admit(count(tables, admission.since));
  if (planId !== undefined && !useUp(tables, planId)) {
    throw planUsed({ tool: 'start_capture', taskIds: tasks.map(({ id }) => id) });
  }
  tasks.forEach((task, n) => {
    const row: Stored = { task, owner, fence: 1, wish: null, seq: 0, wakeAt: wakeAt(task) };
    tables.rows.set(task.id, row);
    tables.unfinished.set(task.id, row);
    if (n === 0 && requestId !== null) {
      tables.requests.set(requestId, row);
    }
    addLine(tables, row, { type: 'accepted' }, task.createdAt);
  });
  return [...tasks];
}

function mustBeFree({ unfinished }: MemoryTables, task: Task, besides: readonly Task[]): void {
  const others = [...[...unfinished.values()].map((row) => row.task), ...besides];
  const holder = others.find((other) => holdsVm(other) && vmKey(other) === vmKey(task));
  if (holder !== undefined) {
    throw vmBusy(holder);
  }
}

function vmKey({ plan }: Task): string {
  return plan.vmId.toLowerCase();
}

/** Uses an approval up; false where it was used before or is not there. */
export function useUp({ approvals }: MemoryTables, id: string): boolean {
  const approval = approvals.get(id);
  if (approval === undefined || approval.used) {
    return false;
  }
  approval.used = true;
  return true;
}

export function count({ rows, unfinished }: MemoryTables, since: number): TaskCounts {
  return {
    unreadable: 0,
    created: [...rows.values()].filter(({ task }) => task.createdAt > since).length,
    holding: [...unfinished.values()].map(({ task }) => task).filter(holdsVm),
  };
}

/** When the timer should look at a task; null where only a caller's wish moves it. */
function wakeAt(task: Task): number | null {
  return isTerminal(task) || (task.state === 'analyzing' && !task.autoAnalyze) ? null : task.nextAt;
}

/** Stores what an event makes of a task, and its line in the journal where it is news. */
export function write(tables: MemoryTables, row: Stored, event: TaskEvent, now: number): void {
  const before = row.task;
  const next = evolve(before, event, now);
  row.task = next;
  row.wakeAt = wakeAt(next);
  if (isTerminal(next) || next.state === 'analyzing') {
    row.owner = null;
  }
  if (isTerminal(next)) {
    tables.unfinished.delete(next.id);
  }
  if (isNews(before, next, event)) {
    addLine(tables, row, event, now);
  }
}

export function addLine(tables: MemoryTables, row: Stored, event: TaskEvent, at: number): void {
  row.seq += 1;
  const line: Journal = { taskId: row.task.id, seq: row.seq, at, event, task: row.task };
  const lines = tables.journal.get(line.taskId) ?? [];
  lines.push(line);
  tables.journal.set(line.taskId, lines);
  tables.unexported.push(line);
}
