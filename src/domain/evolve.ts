import type { CaptureReading } from './capture-plan.ts';
import { captureFailure } from './capture-failure.ts';
import type { Failure } from './errors.ts';
import { LONGEST_WAIT_MS } from './next-action.ts';
import {
  filesOf,
  isTerminal,
  owesBlobDeletion,
  waitsForCredentials,
  type Outcome,
  type Task,
  type TaskEvent,
} from './task.ts';

type In<S extends Task['state']> = Extract<Task, { state: S }>;

/**
 * The next state of a task: pure and total. An event that means nothing in the present state leaves it unchanged,
 * so that a late or repeated answer from outside can do no harm. Terminal states absorb everything.
 */
export function evolve(task: Task, event: TaskEvent, now: number): Task {
  if (isTerminal(task)) {
    return task;
  }
  const touched = { ...task, updatedAt: now };
  if (event.type === 'hindered') {
    return hindered(touched, event, now);
  }
  switch (touched.state) {
    case 'requested':
      return requested(touched, event, now);
    case 'provisioning':
      return provisioning(touched, event, now);
    case 'capturing':
      return capturing(touched, event, now);
    case 'stopping':
      return stopping(touched, event, now);
    case 'downloading':
      return downloading(touched, event, now);
    case 'cleaning':
      return cleaning(touched, event, now);
    case 'analyzing':
      return analyzing(touched, event, now);
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return task;
  }
}

/** A task that had to wait for its operator has lost no time by that. */
function hindered<T extends Task>(task: T, event: Extract<TaskEvent, { type: 'hindered' }>, now: number): T {
  const isBack = waitsForCredentials(task) && event.failure.code !== 'CREDENTIALS';
  return {
    ...task,
    ...(isBack && { since: now, lookedAt: now }),
    failures: task.failures + 1,
    lastFailure: event.failure,
    nextAt: event.retryAt,
    unclearUntil: event.unclearUntil ?? task.unclearUntil,
  };
}

/** The fields that a new state starts with afresh. */
function entering(task: Task, now: number) {
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
  const { id, sessionId, requestId, group, parameters, investigationContext, autoAnalyze, llm, plan } = task;
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

type Ending =
  | { kind: 'captured' | 'cancelled' }
  | { kind: 'failed' | 'timed_out'; failure: Extract<Outcome, { kind: 'failed' }>['failure'] };

/** Whatever ends the Azure part of a task, the files that are here stay with it. */
function toCleaning(task: Task, ending: Ending, now: number, missing: Outcome['missing'] = []): Task {
  const outcome: Outcome = { ...ending, files: [...filesOf(task)], missing };
  return { ...entering(task, now), state: 'cleaning', outcome, analysis: null, goneAt: null };
}

function broken(task: Task, event: TaskEvent, now: number): Task {
  if (event.type === 'broke') {
    const unclearUntil = event.unclearUntil ?? task.unclearUntil;
    return toCleaning({ ...task, unclearUntil }, { kind: event.as, failure: event.failure }, now);
  }
  return task;
}

function requested(task: In<'requested'>, event: TaskEvent, now: number): Task {
  if (event.type === 'create_intended') {
    return { ...entering(task, now), state: 'provisioning', fence: 1 };
  }
  if (event.type === 'cancel_requested') {
    return { ...entering(task, now), state: 'cancelled', files: [], missing: [] };
  }
  return task;
}

function provisioning(task: In<'provisioning'>, event: TaskEvent, now: number): Task {
  switch (event.type) {
    case 'taken_over':
      return { ...task, fence: event.fence, unclearUntil: event.unclearUntil };
    case 'created':
      return { ...entering(task, now), state: 'capturing' };
    case 'observed':
      return capturing({ ...entering(task, now), state: 'capturing' }, event, now);
    case 'cancel_requested':
      return toCleaning(task, { kind: 'cancelled' }, now);
    default:
      return broken(task, event, now);
  }
}

function withReading<T extends Task>(task: T, reading: CaptureReading): T {
  return {
    ...task,
    provisioningState: reading.provisioningState,
    captureStatus: reading.status,
    stopReason: reading.stopReason,
    storagePath: reading.storagePath ?? task.storagePath,
  };
}

function capturing(task: In<'capturing'>, event: TaskEvent, now: number): Task {
  switch (event.type) {
    case 'observed':
      return sessionObserved(withReading(task, event.reading), event.reading, event.pollMs, now);
    case 'overdue':
      return { ...entering(task, now), state: 'stopping', why: 'overdue', stopSent: false };
    case 'stop_requested':
      return { ...entering(task, now), state: 'stopping', why: 'asked', stopSent: false };
    case 'cancel_requested':
      return { ...entering(task, now), state: 'stopping', why: 'cancelled', stopSent: false };
    default:
      return broken(task, event, now);
  }
}

function sessionObserved(
  task: In<'capturing'> | In<'stopping'>,
  reading: CaptureReading,
  pollMs: number,
  now: number,
): Task {
  const failure = captureFailure(reading);
  if (failure !== null) {
    return toCleaning(task, { kind: 'failed', failure }, now);
  }
  if (reading.status !== 'Stopped') {
    return { ...task, lookedAt: now, failures: 0, lastFailure: null, nextAt: now + pollMs };
  }
  return { ...entering(task, now), state: 'downloading', files: [], listing: null };
}

function stopping(task: In<'stopping'>, event: TaskEvent, now: number): Task {
  switch (event.type) {
    case 'stop_sent':
      return {
        ...task,
        stopSent: true,
        since: now,
        lookedAt: now,
        failures: 0,
        lastFailure: null,
        nextAt: now,
      };
    case 'observed': {
      const seen = withReading(task, event.reading);
      const over = event.reading.status === 'Stopped' || event.reading.status === 'Error';
      return task.why === 'cancelled' && over
        ? toCleaning(seen, { kind: 'cancelled' }, now)
        : sessionObserved(seen, event.reading, event.pollMs, now);
    }
    case 'cancel_requested':
      return { ...task, why: 'cancelled' };
    case 'broke':
      return task.why === 'cancelled'
        ? toCleaning(task, { kind: 'cancelled' }, now)
        : broken(task, event, now);
    default:
      return task;
  }
}

function downloading(task: In<'downloading'>, event: TaskEvent, now: number): Task {
  switch (event.type) {
    case 'awaited': {
      const { failure, listing, retryAt } = event;
      return { ...task, lookedAt: now, failures: 0, lastFailure: failure, listing, nextAt: retryAt };
    }
    case 'file_downloaded': {
      const others = task.files.filter(({ blobUrl }) => blobUrl !== event.file.blobUrl);
      const files = [...others, event.file];
      return { ...task, files, lookedAt: now, failures: 0, lastFailure: null, nextAt: now };
    }
    case 'downloaded':
      return task.files.length === 0 ? task : toCleaning(task, { kind: 'captured' }, now, event.missing);
    case 'cancel_requested':
      return toCleaning(task, { kind: 'cancelled' }, now);
    default:
      return broken(task, event, now);
  }
}

function cleaning(task: In<'cleaning'>, event: TaskEvent, now: number): Task {
  switch (event.type) {
    case 'analyzed':
      return task.outcome.kind === 'captured' ? { ...task, analysis: event.analysis } : task;
    case 'deletion_seen':
      return task.goneAt === null ? captureGone(task, Math.min(event.askedAt ?? now, now), now) : task;
    case 'blobs_gone':
      return task.goneAt === null ? task : cleaned({ ...task, blobsGone: event.left === 0 }, now);
    default:
      return task;
  }
}

/**
 * Gone now is not gone for good while a lost request to create it may still arrive: then one more look is due. A clock
 * that was set back makes that wait longer, within bounds, but never spares it.
 */
function captureGone(task: In<'cleaning'>, askedAt: number, now: number): Task {
  const { unclearUntil } = task;
  if (unclearUntil !== null && askedAt < unclearUntil) {
    const nextAt = Math.min(unclearUntil, now + LONGEST_WAIT_MS);
    return { ...task, unclearUntil: nextAt, failures: task.failures + 1, lastFailure: MAY_ARRIVE, nextAt };
  }
  return owesBlobDeletion(task)
    ? { ...task, goneAt: now, failures: 0, lastFailure: null, nextAt: now }
    : cleaned(task, now);
}

const MAY_ARRIVE: Failure = {
  code: 'AZURE_BUSY',
  message: 'The capture is not in Azure; a request to create it may still be under way.',
  next: 'Nothing to do: Capwright looks once more, and frees the VM then.',
};

function cleaned(task: In<'cleaning'>, now: number): Task {
  const next = entering(task, now);
  const { files, missing } = task.outcome;
  switch (task.outcome.kind) {
    case 'captured':
      return task.analysis === null
        ? { ...next, state: 'analyzing', files, missing }
        : { ...next, state: 'completed', files, missing, analysis: task.analysis };
    case 'failed':
      return { ...next, state: 'failed', failure: task.outcome.failure, files, missing };
    case 'timed_out':
      return { ...next, state: 'timed_out', failure: task.outcome.failure, files, missing };
    case 'cancelled':
      return { ...next, state: 'cancelled', files, missing };
  }
}

function analyzing(task: In<'analyzing'>, event: TaskEvent, now: number): Task {
  const { files, missing } = task;
  const next = { ...entering(task, now), files, missing };
  switch (event.type) {
    case 'analyzed':
      return { ...next, state: 'completed', analysis: event.analysis };
    case 'analysis_failed':
      return { ...next, state: 'failed', failure: event.failure };
    case 'cancel_requested':
      return { ...next, state: 'cancelled' };
    default:
      return task;
  }
}
