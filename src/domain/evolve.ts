import type { CaptureReading } from './capture-plan.ts';
import { captureFailure } from './capture-failure.ts';
import { isTerminal, waitsForCredentials, type Outcome, type Task, type TaskEvent } from './task.ts';

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
    const isBack = waitsForCredentials(task) && event.failure.code !== 'CREDENTIALS';
    return {
      ...touched,
      since: isBack ? now : task.since,
      failures: task.failures + 1,
      lastFailure: event.failure,
      nextAt: event.retryAt,
    };
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

/** The fields that a new state starts with afresh. */
function entering(task: Task, now: number) {
  return { ...shared(task), since: now, updatedAt: now, failures: 0, lastFailure: null, nextAt: now };
}

function shared(task: Task) {
  const { id, sessionId, requestId, parameters, investigationContext, autoAnalyze, llm, plan } = task;
  const { createdAt, provisioningState, captureStatus, stopReason } = task;
  return {
    id,
    sessionId,
    requestId,
    parameters,
    investigationContext,
    autoAnalyze,
    llm,
    plan,
    createdAt,
    provisioningState,
    captureStatus,
    stopReason,
  };
}

function toCleaning(task: Task, outcome: Outcome, now: number): Task {
  return { ...entering(task, now), state: 'cleaning', outcome, analysis: null };
}

function broken(task: Task, event: TaskEvent, now: number): Task {
  if (event.type === 'broke') {
    return toCleaning(task, { kind: event.as, failure: event.failure }, now);
  }
  return task;
}

function requested(task: In<'requested'>, event: TaskEvent, now: number): Task {
  if (event.type === 'create_intended') {
    return { ...entering(task, now), state: 'provisioning' };
  }
  if (event.type === 'cancel_requested') {
    return { ...entering(task, now), state: 'cancelled', file: null };
  }
  return task;
}

function provisioning(task: In<'provisioning'>, event: TaskEvent, now: number): Task {
  switch (event.type) {
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
    return { ...task, failures: 0, lastFailure: null, nextAt: now + pollMs };
  }
  const storagePath = reading.storagePath ?? task.plan.storagePath;
  return { ...entering(task, now), state: 'downloading', storagePath };
}

function stopping(task: In<'stopping'>, event: TaskEvent, now: number): Task {
  switch (event.type) {
    case 'stop_sent':
      return { ...task, stopSent: true, since: now, failures: 0, lastFailure: null, nextAt: now };
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
  if (event.type === 'downloaded') {
    return toCleaning(task, { kind: 'captured', file: event.file }, now);
  }
  if (event.type === 'cancel_requested') {
    return toCleaning(task, { kind: 'cancelled' }, now);
  }
  return broken(task, event, now);
}

function cleaning(task: In<'cleaning'>, event: TaskEvent, now: number): Task {
  if (event.type === 'analyzed' && task.outcome.kind === 'captured') {
    return { ...task, analysis: event.analysis };
  }
  if (event.type === 'deletion_seen') {
    return cleaned(task, now);
  }
  return task;
}

function cleaned(task: In<'cleaning'>, now: number): Task {
  const next = entering(task, now);
  const { outcome } = task;
  switch (outcome.kind) {
    case 'captured':
      return task.analysis === null
        ? { ...next, state: 'analyzing', file: outcome.file }
        : { ...next, state: 'completed', file: outcome.file, analysis: task.analysis };
    case 'failed':
      return { ...next, state: 'failed', failure: outcome.failure, file: null };
    case 'timed_out':
      return { ...next, state: 'timed_out', failure: outcome.failure };
    case 'cancelled':
      return { ...next, state: 'cancelled', file: null };
  }
}

function analyzing(task: In<'analyzing'>, event: TaskEvent, now: number): Task {
  switch (event.type) {
    case 'analyzed':
      return { ...entering(task, now), state: 'completed', file: task.file, analysis: event.analysis };
    case 'analysis_failed':
      return { ...entering(task, now), state: 'failed', failure: event.failure, file: task.file };
    case 'cancel_requested':
      return { ...entering(task, now), state: 'cancelled', file: task.file };
    default:
      return task;
  }
}
