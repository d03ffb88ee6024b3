import { entering, type In } from './entering.ts';
import type { Failure } from './errors.ts';
import { LONGEST_WAIT_MS } from './next-action.ts';
import { owesBlobDeletion, type Task, type TaskEvent } from './task.ts';

/** The next state of a task that is being cleaned up: it ends only when nothing of it is left to delete. */
export function cleaning(task: In<'cleaning'>, event: TaskEvent, now: number): Task {
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
