import type { ApprovalPlan, ApprovedBy, Consent } from './domain/approval.ts';
import type {
  CaptureBlob,
  CaptureFile,
  CapturePlan,
  CaptureReading,
  PacketFilter,
  Ring,
} from './domain/capture-plan.ts';
import type { CapturePart } from './domain/capture-part.ts';
import type { LineKey } from './domain/audit-verdict.ts';
import type { CaptureRequest, PreflightCheck } from './domain/capture-request.ts';
import type { Journal, Task, TaskEvent, TaskState, Wish } from './domain/task.ts';
import type { PlannedItem } from './domain/views.ts';

export * from './ports/sandbox.ts';

/** Time comes in, so that tests can decide what it is. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Resolves after `ms`, or as soon as `signal` aborts; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Progress {
  /** 0 to 1, or null where nothing honest can be said. */
  fraction: number | null;
  message: string;
}
export type OnProgress = (progress: Progress) => void;

/** What the caller of a use-case can hear and do while it runs. */
export interface CallContext {
  signal: AbortSignal;
  progress: OnProgress;
  /** Where it is absent there is nobody to ask. */
  consent?: Consent;
}

export interface CaptureTarget {
  /** Name of a VM or a scale set, or its full ARM id. */
  target: string;
  /** null where the id tells, and for a name means a VM. */
  targetType: CapturePlan['targetType'] | null;
  /** Instances of a scale set, by number, name or ARM id; both empty means all. */
  instances: { include: string[]; exclude: string[] };
  ring: Ring | null;
  resourceGroup: string | null;
  subscriptionId: string | null;
  locationHint: string | null;
  /** Account name, or full ARM id. */
  storageAccount: string | null;
  storageContainer: string | null;
  captureName: string;
  durationSeconds: number;
  totalBytes: number;
  bytesPerPacket: number;
  filters: PacketFilter[];
}

/** A request that passed every check, and what was found on the way. */
export interface Preflight {
  plan: CapturePlan;
  checks: PreflightCheck[];
  /** Exactly what creating the capture would send. */
  request: CaptureRequest;
  /** As Azure has them: for comparing, not for showing. */
  vmTags: Readonly<Record<string, string>>;
}

/** A capture that exists in Azure, whoever made it. */
export interface ListedCapture {
  name: string;
  location: string;
  watcherName: string;
  watcherResourceGroup: string;
  subscriptionId: string;
  targetId: string;
  /** Where its files go, as far as the list tells. */
  storage?: string;
  provisioningState: string;
}

/**
 * The cloud as the orchestrator needs it. Every method may throw a CapwrightError; those marked retryable
 * there mean the same call may succeed later. Calls are safe to repeat.
 */
export interface Cloud {
  /** Checks everything that can be known before anything is created, and resolves names to ids. */
  preflight(target: CaptureTarget, signal: AbortSignal): Promise<Preflight>;
  /** Makes sure the capture exists: reads it first, creates it only when it is not there. */
  ensureCapture(plan: CapturePlan, signal: AbortSignal): Promise<void>;
  /** The session as Azure sees it now, or null where the capture does not exist. */
  readCapture(plan: CapturePlan, signal: AbortSignal, look?: Look): Promise<CaptureReading | null>;
  stopCapture(plan: CapturePlan, signal: AbortSignal): Promise<void>;
  /** Deletes the capture and reads back that it is gone: false while Azure still shows it. */
  deleteCapture(plan: Pick<CapturePlan, CaptureKey>, signal: AbortSignal): Promise<boolean>;
  /**
   * Every capture in every region that has a Network Watcher, ours and foreign ones, in the configured subscription
   * and in those given besides. A subscription or region that can't be searched is told to `passOver` where there is
   * one, and hides nothing of the others; else it is thrown.
   */
  listCaptures(
    signal: AbortSignal,
    subscriptionIds?: readonly string[],
    passOver?: PassOver,
  ): Promise<ListedCapture[]>;
  /**
   * The files of a session that lie in the storage account by now, by instance and then oldest first. A file may
   * still be missing, or be of a size that grows: nothing in Azure says when a session has delivered all.
   */
  captureBlobs(plan: CapturePlan, storagePath: string, signal: AbortSignal): Promise<CaptureBlob[]>;
  /** Deletes a file of a session and reads back that it is gone: false while it is still there. */
  deleteBlob(blobUrl: string, signal: AbortSignal, storageAccount?: string): Promise<boolean>;
  /** Size of a blob in bytes, or null where it does not exist. `storageAccount` is the task's: it may be read too. */
  blobSize(blobUrl: string, signal: AbortSignal, storageAccount?: string): Promise<number | null>;
  /** Downloads a blob to `path` (temporary file, then rename) and hashes it. */
  downloadBlob(blobUrl: string, path: string, options: DownloadOptions): Promise<CaptureFile>;
}
/** `existence` is for who saw the session run a moment ago: its status is not asked for, and said to be Running. */
export type Look = 'whole' | 'existence';
/** Hears which place could not be searched, in our words, and why. */
export type PassOver = (place: string, error: unknown) => void;
export type CaptureKey = 'subscriptionId' | 'watcherName' | 'watcherResourceGroup' | 'captureName';

export interface DownloadOptions {
  maxBytes: number;
  /** Account of the task whose file this is; it may be read besides those that are configured. */
  storageAccount?: string;
  signal: AbortSignal;
  onProgress: OnProgress;
}

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

export interface ModelRequest {
  /** Constant text; never holds data of the turn. */
  system: string;
  user: string;
  /** JSON Schema of the reply. */
  schema: Record<string, unknown>;
  schemaName: string;
  maxTokens: number;
  signal: AbortSignal;
}

export interface ModelReply {
  /** The model's text, untrusted, to be parsed by the caller. */
  text: string;
  inputTokens: number;
  outputTokens: number;
}

/** A language model: one request, one reply. Throws CapwrightError MODEL_REFUSED or MODEL_UNAVAILABLE. */
export interface Model {
  readonly name: string;
  complete(request: ModelRequest): Promise<ModelReply>;
}

/** Structured log to stderr. Fields must hold no secret and no packet text. */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Record<string, unknown>,
) => void;

/** A capture file on this machine, looked at but not parsed. */
export interface InspectedFile {
  /** Absolute, symbolic links resolved. */
  path: string;
  bytes: number;
  sha256: string;
  format: 'pcap' | 'pcapng';
}

/** Capture files on this machine. */
export interface CaptureFiles {
  /**
   * Resolves, checks and hashes a file. `anywhere` is for the person at the shell; everybody else is held to the
   * allowed roots. Throws FILE_NOT_FOUND, FILE_UNREADABLE, PATH_NOT_ALLOWED, FILE_TOO_LARGE or NOT_A_CAPTURE.
   */
  inspect(path: string, scope: 'allowed roots' | 'anywhere', signal: AbortSignal): Promise<InspectedFile>;
  /**
   * Puts files of one session behind each other at `into`, earliest first, whole records only; the files stay as
   * they are. Throws FILE_NOT_FOUND, NOT_A_CAPTURE where none is one, or DISK_FULL.
   */
  combine(paths: readonly string[], into: string, signal: AbortSignal): Promise<Combined>;
}

/** `parts` are in the order in which they stand in the file; `why` ends a sentence of ours. */
export type Combined =
  | { combined: true; path: string; parts: CapturePart[] }
  | { combined: false; why: string };

/** Which file of a session it is: its place among those downloaded, from 1, and the instance it is from. */
export interface WhichFile {
  ordinal: number;
  instanceId: string | null;
}

/** What a task leaves behind for people: report, facts, script. */
export interface Artefacts {
  /** Where the downloaded capture of a task belongs; each file of a session that left many has a path of its own. */
  capturePath(id: string, which?: WhichFile): string;
  /** Writes a file of a task atomically, mode 0600, and returns its path. */
  save(id: string, name: string, content: string): Promise<string>;
  /** Where `save` puts, or has put, a file of this name. */
  resultPath(id: string, name: string): string;
  read(path: string): Promise<string>;
  /** Temporary files and captures that belong to none of the given tasks and are older than `ageMs`. */
  leftovers(taskIds: ReadonlySet<string>, ageMs: number): Promise<LeftoverFile[]>;
  /** Finished captures and folders of results older than `ageMs`, but for those of the tasks in `busy`. */
  expired(busy: ReadonlySet<string>, ageMs: number): Promise<LeftoverFile[]>;
  /** Bytes of the captures here, finished or not, by the id of their task. */
  captureSizes(): Promise<Map<string, number>>;
  remove(path: string): Promise<void>;
}

export interface LeftoverFile {
  path: string;
  reason: string;
  ageSeconds: number;
}
