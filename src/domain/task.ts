import { z } from 'zod';
import { PRIVACY } from './privacy/privacy.ts';
import type { ApprovedBy } from './approval.ts';
import { CaptureFile, CapturePlan, Instance, leavesManyFiles, type CaptureReading } from './capture-plan.ts';
import { ERRORS, type ErrorCode, type Failure } from './errors.ts';
import { raiseTask } from './raise-task.ts';

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

const StoredFailure = z.strictObject({
  code: z.enum(Object.keys(ERRORS).filter(isErrorCode)),
  message: z.string(),
  next: z.string(),
});

/** Where the results of a finished analysis lie, and what they say in short. */
export const AnalysisRef = z.strictObject({
  reportPath: z.string(),
  /** null where it could not be drawn, and in what an older version stored. */
  htmlPath: z.string().nullable().default(null),
  analysisPath: z.string(),
  scriptPath: z.string(),
});
export type AnalysisRef = z.infer<typeof AnalysisRef>;

/** What a session brought: its files, and the instances of a scale set that owe one and brought none. */
const brought = { files: z.array(CaptureFile), missing: z.array(Instance) };
const captured = { ...brought, files: brought.files.min(1) };

/** How the Azure part of a task ended; it is known before cleaning begins and cleaning never changes it. */
const Outcome = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('captured'), ...captured }),
  z.strictObject({ kind: z.literal('failed'), failure: StoredFailure, ...brought }),
  z.strictObject({ kind: z.literal('timed_out'), failure: StoredFailure, ...brought }),
  z.strictObject({ kind: z.literal('cancelled'), ...brought }),
]);
export type Outcome = z.infer<typeof Outcome>;

const base = {
  id: z.string(),
  sessionId: z.string(),
  requestId: z.string().nullable(),
  /** Tasks that one call made together, in its order, this one among them; null where it made one. */
  group: z
    .strictObject({ id: z.string(), taskIds: z.array(z.string()) })
    .nullable()
    .default(null),
  /** The caller's arguments, for the audit and for telling a repeated request from a reused id. */
  parameters: z.record(z.string(), z.unknown()),
  investigationContext: z.string().nullable(),
  autoAnalyze: z.boolean(),
  llm: z.enum(['auto', 'off']),
  /** What the caller wants a model to be told at most. */
  privacy: z.enum(PRIVACY).default('full'),
  plan: CapturePlan,
  /** Whether the files in the storage account go as soon as they are here and verified, and whether they went. */
  deleteBlobs: z.boolean(),
  blobsGone: z.boolean(),
  createdAt: z.number(),
  updatedAt: z.number(),
  /** When the present state was entered. */
  since: z.number(),
  /** Last time that Azure answered a look within the present state; deadlines are counted up to it. */
  lookedAt: z.number(),
  /** Until then a create request whose answer was lost may still arrive and make the capture again. */
  unclearUntil: z.number().nullable(),
  /** Hindrances in a row within the present state, and the last of them. */
  failures: z.number().int(),
  lastFailure: StoredFailure.nullable(),
  /** Not before this time is the next step worth taking. */
  nextAt: z.number(),
  provisioningState: z.string().nullable(),
  captureStatus: z.string().nullable(),
  stopReason: z.string().nullable(),
  /** Where Azure said that it writes the file; null before it was seen. */
  storagePath: z.string().nullable(),
};

const Stored = z.discriminatedUnion('state', [
  z.strictObject({ ...base, state: z.literal('requested') }),
  z.strictObject({
    ...base,
    state: z.literal('provisioning'),
    /** The fence under which create requests go out; another one means that a dead process may have sent some. */
    fence: z.number().int(),
  }),
  z.strictObject({ ...base, state: z.literal('capturing') }),
  z.strictObject({
    ...base,
    state: z.literal('stopping'),
    why: z.enum(['overdue', 'asked', 'cancelled']),
    stopSent: z.boolean(),
  }),
  z.strictObject({
    ...base,
    state: z.literal('downloading'),
    /** Those that are here already. */
    files: z.array(CaptureFile),
    /** What lay in the storage account at the last look, in short; to tell whether files are still coming. */
    listing: z.string().nullable(),
  }),
  z.strictObject({
    ...base,
    state: z.literal('cleaning'),
    outcome: Outcome,
    analysis: AnalysisRef.nullable(),
    /** When the capture was seen gone for good; from then on only files are left to delete. */
    goneAt: z.number().nullable(),
  }),
  z.strictObject({ ...base, state: z.literal('analyzing'), ...captured }),
  z.strictObject({ ...base, state: z.literal('completed'), ...captured, analysis: AnalysisRef }),
  z.strictObject({ ...base, state: z.literal('failed'), failure: StoredFailure, ...brought }),
  z.strictObject({ ...base, state: z.literal('cancelled'), ...brought }),
  z.strictObject({ ...base, state: z.literal('timed_out'), failure: StoredFailure, ...brought }),
]);

/** A task as it is stored; documents of earlier versions are raised to this shape. */
export const Task = z.preprocess(raiseTask, Stored);
export type Task = z.infer<typeof Task>;
export type TaskState = Task['state'];

/** Every state, in the order of a task's life. */
export const TASK_STATES = [
  'requested',
  'provisioning',
  'capturing',
  'stopping',
  'downloading',
  'cleaning',
  'analyzing',
  'completed',
  'failed',
  'cancelled',
  'timed_out',
] as const satisfies readonly TaskState[];

/** Everything that can happen to a task. `accepted` is only the first line of its journal. */
export type TaskEvent =
  | { type: 'accepted' }
  | { type: 'create_intended' }
  /** Another process holds the task now; create requests of the one before may still be under way. */
  | { type: 'taken_over'; fence: number; unclearUntil: number }
  | { type: 'created' }
  | { type: 'observed'; reading: CaptureReading; pollMs: number }
  | { type: 'overdue' }
  | { type: 'stop_requested' }
  | { type: 'cancel_requested' }
  /** Somebody or something agreed that this capture is thrown away; it follows as `cancel_requested`. */
  | { type: 'discard_approved'; by: ApprovedBy }
  | { type: 'stop_sent'; pollMs: number }
  /** Azure answered: what is waited for is not there yet. */
  | { type: 'awaited'; failure: Failure; listing: string | null; retryAt: number }
  | { type: 'file_downloaded'; file: CaptureFile }
  | { type: 'downloaded'; missing: Instance[] }
  | { type: 'broke'; as: 'failed' | 'timed_out'; failure: Failure; unclearUntil?: number }
  /** `unclearUntil` where a create request got no answer. */
  | { type: 'hindered'; failure: Failure; retryAt: number; unclearUntil?: number }
  /** `askedAt` is when the look that saw it gone was begun: its answer may be old, after a sleep for instance. */
  | { type: 'deletion_seen'; askedAt?: number }
  /** `left` files were not this task's to delete. */
  | { type: 'blobs_gone'; left: number }
  | { type: 'analyzed'; analysis: AnalysisRef }
  | { type: 'analysis_failed'; failure: Failure };

/** One line of a task's journal; `seq` starts at 1 and has no gap. */
export interface Journal {
  taskId: string;
  seq: number;
  at: number;
  event: TaskEvent;
  task: Task;
}

/** What a caller wants of a running task: its session over now, or nothing of it at all. */
export type Wish = 'stop' | 'discard';

const TERMINAL = new Set<TaskState>(['completed', 'failed', 'cancelled', 'timed_out']);

/** The other tasks that the same call made. */
export function pairedIds({ id, group }: Task): string[] {
  return (group?.taskIds ?? []).filter((other) => other !== id);
}

export function isTerminal(task: Task): boolean {
  return TERMINAL.has(task.state);
}

/** Whether a capture of this task may exist in Azure; its VM is taken for as long. */
export function holdsVm(task: Task): boolean {
  const isGone = task.state === 'cleaning' && task.goneAt !== null;
  return !isTerminal(task) && task.state !== 'analyzing' && !isGone;
}

/** The states in which `holdsVm` is true. */
export const HOLDING_STATES: readonly TaskState[] = TASK_STATES.filter(
  (state) => !TERMINAL.has(state) && state !== 'analyzing',
);

/** The downloaded files of a task: none, one, or as many as its session left. */
export function filesOf(task: Task): readonly CaptureFile[] {
  if (task.state === 'cleaning') {
    return task.outcome.files;
  }
  return 'files' in task ? task.files : [];
}

/**
 * Instances that the scope of a scale set names and that brought no file beside others that did, be it that they could
 * not capture from the start; empty as long as that can't be known.
 */
export function missingOf(task: Task): readonly Instance[] {
  const { idle } = task.plan;
  const brought = task.state === 'cleaning' ? task.outcome : 'missing' in task ? task : null;
  return brought === null ? [] : brought.files.length === 0 ? brought.missing : [...brought.missing, ...idle];
}

/** Where Azure writes the files of the session; of one that leaves many, the name that theirs are made from. */
export function storagePathOf(task: Task): string {
  return task.storagePath ?? task.plan.storagePath;
}

/** Where the capture lies in the storage account as far as it is known: Azure may have chosen the path itself. */
export function blobUrlOf(task: Task): string | null {
  return (filesOf(task)[0]?.blobUrl ?? storagePathOf(task)) || null;
}

/** Whether files in the storage account are this task's to delete: those it has, or those it was told to discard. */
export function owesBlobDeletion(task: Extract<Task, { state: 'cleaning' }>): boolean {
  const { kind } = task.outcome;
  return task.deleteBlobs && (kind === 'captured' || (kind === 'cancelled' && task.captureStatus !== null));
}

/** Whether a session delivers one file, and it is here. */
export function hasTheOneFile(task: Extract<Task, { state: 'downloading' }>): boolean {
  return !leavesManyFiles(task.plan) && task.files.length > 0;
}

/** Parked: nothing can be done in Azure before the operator signs in again, and no deadline runs meanwhile. */
export function waitsForCredentials(task: Task): boolean {
  return task.lastFailure?.code === 'CREDENTIALS';
}

/** The five words an agent sees. */
export function statusOf(
  task: Task,
): 'task_pending' | 'task_completed' | 'task_failed' | 'task_cancelled' | 'task_timed_out' {
  switch (task.state) {
    case 'completed':
      return 'task_completed';
    case 'failed':
      return 'task_failed';
    case 'cancelled':
      return 'task_cancelled';
    case 'timed_out':
      return 'task_timed_out';
    case 'requested':
    case 'provisioning':
    case 'capturing':
    case 'stopping':
    case 'downloading':
    case 'cleaning':
    case 'analyzing':
      return 'task_pending';
  }
}
