import type { CaptureReading } from './capture-plan.ts';
import { captureFailure } from './capture-failure.ts';
import { cleaning } from './cleaning.ts';
import { entering, toCleaning, type In } from './entering.ts';
import { isTerminal, waitsForCredentials, type Task, type TaskEvent } from './task.ts';

/**
 * The next state of a task: pure and total. An event that means nothing in the present state leaves it unchanged,
 * so that a late or repeated answer from outside can do no harm. Terminal states absorb everything.
 */
export function evolve(task: Task, event: TaskEvent, now: number): Task {
  if (isTerminal(task)) {
    return task;
  }
  const touched = { ...task, ...startedBy(task, now), updatedAt: now };
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

/** What seems to have begun later than now was written before the clock was set back: its time counts from now. */
function startedBy({ since, lookedAt }: Task, now: number): Pick<Task, 'since' | 'lookedAt'> {
  return { since: Math.min(since, now), lookedAt: Math.min(lookedAt, now) };
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
