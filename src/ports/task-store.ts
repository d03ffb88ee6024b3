import type { ApprovalPlan, ApprovedBy } from '../domain/approval.ts';
import type { LineKey } from '../domain/audit-verdict.ts';
import type { Journal, Task, TaskEvent, TaskState, Wish } from '../domain/task.ts';
import type { PlannedItem } from '../domain/views.ts';

/** One row of the task table: the task, who drives it, and when it wants to be looked at. */
export interface TaskRow {
  task: Task;
  /** Process that drives it, or null. */
  owner: string | null;
  /** Grows with every change of owner. */
  fence: number;
  wish: Wish | null;
}

export interface TaskQuery {
  limit: number;
  /** Where the page before ended; opaque. */
  cursor: string | null;
  /** Empty means every state. */
  states: readonly TaskState[];
  /** VM name, or full ARM id. */
  vm: string | null;
  sessionId: string | null;
}

export interface TaskPage {
  tasks: Task[];
  /** Ids of tasks that belong on this page and whose records can't be read. */
  unreadable: string[];
  /** null where this is the last page. */
  cursor: string | null;
}

/** What limits on captures are counted from. */
export interface TaskCounts {
  /** Tasks whose capture may exist in Azure. */
  holding: Task[];
  /** How many more hold their VM although their records can't be read. */
  unreadable: number;
  /** Tasks created after a given time, whatever became of them. */
  created: number;
}

/** A last word before a task is stored, inside the transaction that stores it, so that no two calls slip through. */
export interface Admission {
  since: number;
  admit(counts: TaskCounts): void;
}

/** A cleanup plan as it was shown to the caller. */
export interface StoredPlan {
  id: string;
  createdAt: number;
  items: PlannedItem[];
}

/** A task whose record is damaged, or was written by a newer version: what its row alone tells. */
export interface UnreadableTask {
  id: string;
  state: string;
  /** Full ARM id, in lower case. */
  vmId: string;
  holdsVm: boolean;
  createdAt: number;
}

/** A process that drives a task. */
export interface Holder {
  /** null where its id is of before it told this. */
  pid: number | null;
}

/** The line that an audit file was last given; a file that does not end in it has lost lines or was changed. */
export interface AuditEnd extends LineKey {
  sessionId: string;
}

/**
 * Durable tasks. A state and its journal line are written in one transaction, and only by the process that holds
 * the task: a write with an old fence is refused, so that nobody writes over a successor.
 */
export interface TaskStore {
  /** Stable name of this state directory, part of every capture name. */
  readonly deploymentId: string;
  /** Names it had before it was copied or restored: captures with these may belong to another copy. */
  readonly formerDeploymentIds: readonly string[];
  /**
   * Throws VM_BUSY where the VM has an active capture; gives the earlier task for a known request id. What
   * `admission` throws leaves nothing stored.
   */
  create(task: Task, admission?: Admission): Promise<Task>;
  /**
   * The same for tasks that one call makes together: all or none, in one transaction, with the request id of the
   * first. `planId` is the approval that this carries out: PLAN_USED where it was carried out before.
   */
  createAll(
    tasks: readonly Task[],
    options: { admission?: Admission | undefined; planId?: string | undefined },
  ): Promise<Task[]>;
  counts(since: number): Promise<TaskCounts>;
  get(id: string): Promise<TaskRow | null>;
  byRequest(requestId: string): Promise<TaskRow | null>;
  /** One page of tasks, newest first. */
  page(query: TaskQuery): Promise<TaskPage>;
  /** Tasks that are not over, oldest first; without those that can't be read. */
  active(): Promise<TaskRow[]>;
  /** Unfinished tasks that no other method gives because their records can't be read, oldest first. */
  unreadable(): Promise<UnreadableTask[]>;
  /** Every Azure subscription that a task of this state directory was ever in. */
  subscriptions(): Promise<string[]>;
  /** Takes the task for this process unless another living process has it; null then. */
  claim(id: string): Promise<TaskRow | null>;
  /** Tasks that want attention now and belong to nobody alive, or to this process. */
  due(now: number): Promise<string[]>;
  /** Applies an event to the task as it is now; null where this process does not hold it any more. */
  record(id: string, fence: number, event: TaskEvent, now: number): Promise<TaskRow | null>;
  /**
   * Notes what a caller wants of an unfinished task; `discard` is never taken back by `stop`. Who agreed to it gets a
   * line in the journal.
   */
  setWish(id: string, wish: Wish, now: number, approvedBy?: ApprovedBy): Promise<void>;
  /** Whether the process that drove this task has died. */
  isOrphaned(row: TaskRow): boolean;
  /** The living process that drives this task, or null where that is nobody or this one. */
  holderOf(row: TaskRow): Holder | null;
  journal(id: string): Promise<Journal[]>;
  /** Hands journal lines that were not exported yet to `append`, oldest first, and marks them exported. */
  exportJournal(append: (lines: readonly Journal[]) => void): Promise<number>;
  /** Where the audit files of this state directory end, one of each session. */
  auditEnds(): Promise<AuditEnd[]>;
  /** The lines of a session that were exported. */
  exportedLines(sessionId: string): Promise<LineKey[]>;
  /** Marks exported lines as not exported. */
  exportAgain(lines: readonly LineKey[]): Promise<void>;
  /** Keeps what waits for approval; what has long expired goes. */
  saveApproval(plan: ApprovalPlan): Promise<void>;
  loadApproval(id: string): Promise<(ApprovalPlan & { used: boolean }) | null>;
  /** Uses an approval up; false where it was used before, or is not there. */
  useApproval(id: string): Promise<boolean>;
  savePlan(plan: StoredPlan): Promise<void>;
  loadPlan(id: string): Promise<StoredPlan | null>;
  close(): void;
}

/** Looks whether the audit files still hold what was written to them. */
export interface AuditFiles {
  /** Sessions whose files were found cut or replaced since this was asked last. */
  takeSuspects(): string[];
  /** Whether the file of a session ends in that line. */
  endsIn(end: AuditEnd): Promise<boolean>;
  /** Those of the given lines that the file of the session does not hold. */
  missing(sessionId: string, lines: readonly LineKey[]): Promise<LineKey[]>;
}

/** The audit files: a projection of the journal, one line per transition. */
export interface AuditLog {
  /** Appends lines that the session's file does not hold yet; mends a torn last line first. */
  append(lines: readonly Journal[]): void;
}
