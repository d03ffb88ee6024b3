import type { Failure } from './errors.ts';
import {
  hasTheOneFile,
  storagePathOf,
  waitsForCredentials,
  type Task,
  type TaskEvent,
  type Wish,
} from './task.ts';

/** How patient the orchestrator is; all in milliseconds. */
export interface Timing {
  /** Between two looks at a running session. */
  pollMs: number;
  /** For Azure to accept and provision a capture. */
  provisioningMs: number;
  /** Past its time limit before a session is stopped by us. */
  overdueMs: number;
  /** For a stop to be taken, and then for it to show. */
  stoppingMs: number;
  /** For the files to appear after the session. */
  blobMs: number;
  /** For so long a request without an answer may still arrive, and the file of a discarded session appear. */
  lateMs: number;
}

/** No step is ever put off for longer, in milliseconds; what seems to be was written before the clock was set back. */
export const LONGEST_WAIT_MS = 300_000;

/** Tries in a row after which a download is given up; with the waits between them that is hours, not minutes. */
const MAX_DOWNLOAD_TRIES = 48;

/** What to do next for a task: one effect, one event that needs no effect, or to wait. */
export type Action =
  | { do: 'record'; event: TaskEvent }
  | { do: 'ensure' }
  | { do: 'observe' }
  | { do: 'stop' }
  | { do: 'download'; storagePath: string }
  | { do: 'delete' }
  | { do: 'delete_blobs' }
  | { do: 'analyze' }
  | { do: 'wait'; until: number }
  | { do: 'rest' };

/**
 * Decides the next step from the stored state alone, so that any process can go on where another was killed. `fence`
 * is the one under which the task is held now.
 */
export function nextAction(
  task: Task,
  wish: Wish | null,
  now: number,
  timing: Timing,
  fence: number,
): Action {
  if (task.state === 'provisioning' && task.fence !== fence) {
    return { do: 'record', event: { type: 'taken_over', fence, unclearUntil: now + timing.lateMs } };
  }
  if (wish === 'discard' && canBeDiscarded(task)) {
    return { do: 'record', event: { type: 'cancel_requested' } };
  }
  if (wish === 'stop' && task.state === 'capturing') {
    return { do: 'record', event: { type: 'stop_requested' } };
  }
  const expiry = expired(task, timing);
  if (expiry !== null) {
    return { do: 'record', event: expiry };
  }
  if (task.nextAt > now && task.nextAt <= now + LONGEST_WAIT_MS) {
    return { do: 'wait', until: task.nextAt };
  }
  switch (task.state) {
    case 'requested':
      return { do: 'record', event: { type: 'create_intended' } };
    case 'provisioning':
      return isLate(task, now, timing) ? { do: 'observe' } : { do: 'ensure' };
    case 'capturing':
      return { do: 'observe' };
    case 'stopping':
      return task.stopSent || task.failures % 2 === 1 ? { do: 'observe' } : { do: 'stop' };
    case 'downloading':
      return hasTheOneFile(task)
        ? { do: 'record', event: { type: 'downloaded', missing: [] } }
        : { do: 'download', storagePath: storagePathOf(task) };
    case 'cleaning':
      return { do: task.goneAt === null ? 'delete' : 'delete_blobs' };
    case 'analyzing':
      return { do: 'analyze' };
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return { do: 'rest' };
  }
}

function canBeDiscarded(task: Task): boolean {
  switch (task.state) {
    case 'requested':
    case 'provisioning':
    case 'capturing':
    case 'downloading':
    case 'analyzing':
      return true;
    case 'stopping':
      return task.why !== 'cancelled';
    case 'cleaning':
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return false;
  }
}

/** Too late to ask for the capture: the next look decides. Time without credentials does not count. */
function isLate(task: Task, now: number, timing: Timing): boolean {
  return now - task.since > timing.provisioningMs && !waitsForCredentials(task);
}

/**
 * Deadlines end every state in which Azure answers and keeps us waiting; cleaning alone has none. They are counted up
 * to the last look that Azure answered: a machine that slept, a server that was off, or an Azure that could not be
 * reached has missed nothing yet, and the first answer decides. Nor has a task that waits for its operator to sign in.
 * Only a download that fails again and again is given up without an answer; the file stays where it is.
 */
function expired(task: Task, timing: Timing): TaskEvent | null {
  if (waitsForCredentials(task)) {
    return null;
  }
  const age = task.lookedAt - task.since;
  switch (task.state) {
    case 'capturing':
      return age > task.plan.durationSeconds * 1000 + timing.overdueMs ? { type: 'overdue' } : null;
    case 'stopping':
      return age > timing.stoppingMs ? timedOut(task, STOPPING) : null;
    case 'downloading':
      return (age > timing.blobMs && task.files.length === 0) || task.failures >= MAX_DOWNLOAD_TRIES
        ? timedOut(task, BLOB)
        : null;
    case 'requested':
    case 'provisioning':
    case 'cleaning':
    case 'analyzing':
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return null;
  }
}

const STOPPING: Failure = {
  code: 'CAPTURE_TIMED_OUT',
  message: 'The capture session ran past its time limit and could not be stopped in time; it was deleted.',
  next: 'Check that the VM is running and its agent extension healthy, then call start_capture again.',
};
const BLOB: Failure = {
  code: 'BLOB_MISSING',
  message: 'The session ended, but its file did not appear in the storage account in time.',
  next: 'Check that the VM reaches the storage account (firewall, outbound 443), then call start_capture again.',
};

/** A deadline passes with the reason for the waiting, where another one is known, instead of a bare time-out. */
function timedOut({ lastFailure }: Task, failure: Failure): TaskEvent {
  const isKnown = lastFailure !== null && lastFailure.code !== failure.code;
  return { type: 'broke', as: 'timed_out', failure: isKnown ? lastFailure : failure };
}
