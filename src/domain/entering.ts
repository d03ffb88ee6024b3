import { filesOf, type Outcome, type Task } from './task.ts';

/** A task in one of its states. */
export type In<S extends Task['state']> = Extract<Task, { state: S }>;

/** The fields that a new state starts with afresh. */
export function entering(task: Task, now: number) {
  return {
    ...shared(task),
    since: now,
    updatedAt: now,
    lookedAt: now,
    failures: 0,
    lastFailure: null,
    nextAt: now,
  };
}

function shared(task: Task) {
  const {
    id,
    sessionId,
    requestId,
    group,
    parameters,
    investigationContext,
    autoAnalyze,
    llm,
    privacy,
    plan,
  } = task;
  const { deleteBlobs, blobsGone, createdAt, unclearUntil } = task;
  const { provisioningState, captureStatus, stopReason, storagePath } = task;
  return {
    id,
    sessionId,
    requestId,
    group,
    parameters,
    investigationContext,
    autoAnalyze,
    llm,
    privacy,
    plan,
    deleteBlobs,
    blobsGone,
    createdAt,
    unclearUntil,
    provisioningState,
    captureStatus,
    stopReason,
    storagePath,
  };
}

/** What ends the Azure part of a task, before its files are added. */
export type Ending =
  | { kind: 'captured' | 'cancelled' }
  | { kind: 'failed' | 'timed_out'; failure: Extract<Outcome, { kind: 'failed' }>['failure'] };

/** Whatever ends the Azure part of a task, the files that are here stay with it. */
export function toCleaning(task: Task, ending: Ending, now: number, missing: Outcome['missing'] = []): Task {
  const outcome: Outcome = { ...ending, files: [...filesOf(task)], missing };
  return { ...entering(task, now), state: 'cleaning', outcome, analysis: null, goneAt: null };
}
