import { z } from 'zod';
import { CaptureFile, CapturePlan, type CaptureReading } from './capture-plan.ts';
import { ERRORS, type ErrorCode, type Failure } from './errors.ts';

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

const StoredFailure = z.strictObject({
  code: z.enum(Object.keys(ERRORS).filter(isErrorCode)),
  message: z.string(),
  next: z.string(),
});

/** Where the results of a finished analysis lie, and what they say in short. */
export const AnalysisRef = z.strictObject({
  reportPath: z.string(),
  analysisPath: z.string(),
  scriptPath: z.string(),
});
export type AnalysisRef = z.infer<typeof AnalysisRef>;

/** How the Azure part of a task ended; it is known before cleaning begins and cleaning never changes it. */
const Outcome = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('captured'), file: CaptureFile }),
  z.strictObject({ kind: z.literal('failed'), failure: StoredFailure }),
  z.strictObject({ kind: z.literal('timed_out'), failure: StoredFailure }),
  z.strictObject({ kind: z.literal('cancelled') }),
]);
export type Outcome = z.infer<typeof Outcome>;

const base = {
  id: z.string(),
  sessionId: z.string(),
  requestId: z.string().nullable(),
  /** The caller's arguments, for the audit and for telling a repeated request from a reused id. */
  parameters: z.record(z.string(), z.unknown()),
  investigationContext: z.string().nullable(),
  autoAnalyze: z.boolean(),
  llm: z.enum(['auto', 'off']),
  plan: CapturePlan,
  createdAt: z.number(),
  updatedAt: z.number(),
  /** When the present state was entered. */
  since: z.number(),
  /** Hindrances in a row within the present state, and the last of them. */
  failures: z.number().int(),
  lastFailure: StoredFailure.nullable(),
  /** Not before this time is the next step worth taking. */
  nextAt: z.number(),
  provisioningState: z.string().nullable(),
  captureStatus: z.string().nullable(),
  stopReason: z.string().nullable(),
};

export const Task = z.discriminatedUnion('state', [
  z.strictObject({ ...base, state: z.literal('requested') }),
  z.strictObject({ ...base, state: z.literal('provisioning') }),
  z.strictObject({ ...base, state: z.literal('capturing') }),
  z.strictObject({
    ...base,
    state: z.literal('stopping'),
    why: z.enum(['overdue', 'asked', 'cancelled']),
    stopSent: z.boolean(),
  }),
  z.strictObject({ ...base, state: z.literal('downloading'), storagePath: z.string() }),
  z.strictObject({
    ...base,
    state: z.literal('cleaning'),
    outcome: Outcome,
    analysis: AnalysisRef.nullable(),
  }),
  z.strictObject({ ...base, state: z.literal('analyzing'), file: CaptureFile }),
  z.strictObject({ ...base, state: z.literal('completed'), file: CaptureFile, analysis: AnalysisRef }),
  z.strictObject({
    ...base,
    state: z.literal('failed'),
    failure: StoredFailure,
    file: CaptureFile.nullable(),
  }),
  z.strictObject({ ...base, state: z.literal('cancelled'), file: CaptureFile.nullable() }),
  z.strictObject({ ...base, state: z.literal('timed_out'), failure: StoredFailure }),
]);
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
  | { type: 'created' }
  | { type: 'observed'; reading: CaptureReading; pollMs: number }
  | { type: 'overdue' }
  | { type: 'stop_requested' }
  | { type: 'cancel_requested' }
  | { type: 'stop_sent'; pollMs: number }
  | { type: 'downloaded'; file: CaptureFile }
  | { type: 'broke'; as: 'failed' | 'timed_out'; failure: Failure }
  | { type: 'hindered'; failure: Failure; retryAt: number }
  | { type: 'deletion_seen' }
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

export function isTerminal(task: Task): boolean {
  return TERMINAL.has(task.state);
}

/** Whether something of this task may exist in Azure; its VM is taken for as long. */
export function holdsVm(task: Task): boolean {
  return !isTerminal(task) && task.state !== 'analyzing';
}

/** The downloaded capture of a task, or null. */
export function fileOf(task: Task): CaptureFile | null {
  if (task.state === 'cleaning') {
    return task.outcome.kind === 'captured' ? task.outcome.file : null;
  }
  return 'file' in task ? task.file : null;
}

/** Where the capture lies in the storage account as far as it is known: Azure may have chosen the path itself. */
export function blobUrlOf(task: Task): string | null {
  const seen = task.state === 'downloading' ? task.storagePath : fileOf(task)?.blobUrl;
  return (seen ?? task.plan.storagePath) || null;
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
