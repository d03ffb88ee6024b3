import type { Failure } from './errors.ts';
import { waitsForCredentials, type Task, type TaskEvent, type Wish } from './task.ts';

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
  /** For the blob to appear and arrive after the session. */
  blobMs: number;
}

/** No step is ever put off for longer, in milliseconds; what seems to be was written before the clock was set back. */
export const LONGEST_WAIT_MS = 300_000;

/** What to do next for a task: one effect, one event that needs no effect, or to wait. */
export type Action =
  | { do: 'record'; event: TaskEvent }
  | { do: 'ensure' }
  | { do: 'observe' }
  | { do: 'stop' }
  | { do: 'download'; storagePath: string }
  | { do: 'delete' }
  | { do: 'analyze' }
  | { do: 'wait'; until: number }
  | { do: 'rest' };

/** Decides the next step from the stored state alone, so that any process can go on where another was killed. */
export function nextAction(task: Task, wish: Wish | null, now: number, timing: Timing): Action {
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
      return now - task.since > timing.provisioningMs ? { do: 'observe' } : { do: 'ensure' };
    case 'capturing':
      return { do: 'observe' };
    case 'stopping':
      return task.stopSent ? { do: 'observe' } : { do: 'stop' };
    case 'downloading':
      return { do: 'download', storagePath: task.storagePath };
    case 'cleaning':
      return { do: 'delete' };
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

/**
 * Deadlines end every state in which Azure could keep us waiting for ever; cleaning alone has none. Only a look that
 * came after a deadline ends the state: a machine that slept, or a server that was off, has missed nothing yet. Nor
 * has a task that waits for its operator to sign in again.
 */
function expired(task: Task, timing: Timing): TaskEvent | null {
  if (waitsForCredentials(task)) {
    return null;
  }
  const age = task.updatedAt - task.since;
  switch (task.state) {
    case 'provisioning':
      return age > timing.provisioningMs ? timedOut(task, PROVISIONING) : null;
    case 'capturing':
      return age > task.plan.durationSeconds * 1000 + timing.overdueMs ? { type: 'overdue' } : null;
    case 'stopping':
      return age > timing.stoppingMs ? timedOut(task, STOPPING) : null;
    case 'downloading':
      return age > timing.blobMs ? timedOut(task, BLOB) : null;
    case 'requested':
    case 'cleaning':
    case 'analyzing':
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return null;
  }
}

const PROVISIONING: Failure = {
  code: 'CAPTURE_TIMED_OUT',
  message: 'Azure did not finish creating the capture in time.',
  next: 'Look at the Network Watcher of the region in the portal, then call start_capture again.',
};
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

/** A deadline passes with the reason for the waiting, where one is known, instead of a bare time-out. */
function timedOut(task: Task, failure: Failure): TaskEvent {
  return { type: 'broke', as: 'timed_out', failure: task.lastFailure ?? failure };
}
