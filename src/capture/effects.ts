import { CapwrightError, toFailure } from '../domain/errors.ts';
import { LONGEST_WAIT_MS, type Action, type Timing } from '../domain/next-action.ts';
import type { Task, TaskEvent } from '../domain/task.ts';
import type { Artefacts, CallContext, Clock, Cloud, Log } from '../ports.ts';

/** A create request without an answer may still arrive for so long. */
const LATE_ARRIVAL_MS = 60_000;

export interface EffectDeps {
  cloud: Cloud;
  artefacts: Artefacts;
  clock: Clock;
  log: Log;
  timing: Timing;
  maxCaptureBytes: number;
}

/** Actions that reach outside and are carried out by the driver's own timer. */
export type CloudAction = Extract<Action, { do: 'ensure' | 'observe' | 'stop' | 'download' | 'delete' }>;

export type Perform = (action: CloudAction, task: Task, call: CallContext) => Promise<TaskEvent>;

/**
 * Carries out one step in the cloud and says what came of it; it throws only when `call.signal` was aborted.
 * Every effect may be repeated after a crash: each looks first, or is harmless twice.
 */
export function createPerform(deps: EffectDeps): Perform {
  return async (action, task, call) => {
    try {
      return await effect(deps, action, task, call);
    } catch (error) {
      call.signal.throwIfAborted();
      return mishap(deps, task, error);
    }
  };
}

async function effect(
  { cloud, artefacts, clock, timing, maxCaptureBytes }: EffectDeps,
  action: CloudAction,
  task: Task,
  call: CallContext,
): Promise<TaskEvent> {
  const { pollMs } = timing;
  switch (action.do) {
    case 'ensure':
      await cloud.ensureCapture(task.plan, call.signal);
      return { type: 'created' };
    case 'observe': {
      const reading = await cloud.readCapture(task.plan, call.signal);
      return reading === null ? absent(task) : { type: 'observed', reading, pollMs };
    }
    case 'stop':
      await cloud.stopCapture(task.plan, call.signal);
      return { type: 'stop_sent', pollMs };
    case 'download': {
      const size = await cloud.blobSize(action.storagePath, call.signal, task.plan.storageAccount);
      if (size === null) {
        return { type: 'hindered', failure: NO_BLOB_YET, retryAt: clock.now() + pollMs };
      }
      const file = await cloud.downloadBlob(action.storagePath, artefacts.capturePath(task.id), {
        maxBytes: maxCaptureBytes,
        storageAccount: task.plan.storageAccount,
        signal: call.signal,
        onProgress: call.progress,
      });
      return { type: 'downloaded', file };
    }
    case 'delete': {
      const gone = await cloud.deleteCapture(task.plan, call.signal);
      if (gone && !mayStillArrive(task, clock.now())) {
        return { type: 'deletion_seen' };
      }
      return { type: 'hindered', failure: gone ? MAY_ARRIVE : STILL_THERE, retryAt: clock.now() + pollMs };
    }
  }
}

function absent(task: Task): TaskEvent {
  return task.state === 'provisioning'
    ? { type: 'broke', as: 'timed_out', failure: task.lastFailure ?? NEVER_MADE }
    : { type: 'broke', as: 'failed', failure: VANISHED };
}

/** Given up while it was being created and never seen since: the VM is not free before the last request is dead. */
function mayStillArrive(task: Task, now: number): boolean {
  const age = now - task.since;
  return (
    age >= 0 &&
    age < LATE_ARRIVAL_MS &&
    task.state === 'cleaning' &&
    task.captureStatus === null &&
    (task.outcome.kind === 'cancelled' || task.outcome.kind === 'timed_out')
  );
}

const VANISHED = {
  code: 'CAPTURE_VANISHED',
  message: 'The capture no longer exists in Azure; somebody else deleted it.',
  next: 'Call start_capture again if the capture is still wanted.',
} as const;
const NEVER_MADE = {
  code: 'CAPTURE_TIMED_OUT',
  message: 'The capture was not created in time; nothing of it is in Azure.',
  next: 'Call start_capture again if the capture is still wanted.',
} as const;
const MAY_ARRIVE = {
  code: 'AZURE_BUSY',
  message: 'The capture is not in Azure; a request to create it may still be under way.',
  next: 'Nothing to do: Capwright looks once more, and frees the VM then.',
} as const;
const NO_BLOB_YET = {
  code: 'BLOB_MISSING',
  message: 'The session is over; its file has not appeared in the storage account yet.',
  next: 'Call check_task again; the file usually appears within a minute.',
} as const;
const STILL_THERE = {
  code: 'AZURE_BUSY',
  message: 'Azure still shows the capture after it was deleted.',
  next: 'Nothing to do: Capwright goes on until it is gone.',
} as const;

/** Passing troubles are waited out; lasting ones end the task, except cleaning up, which nothing ends. */
function mishap({ clock, log, timing }: EffectDeps, task: Task, error: unknown): TaskEvent {
  const failure = toFailure(error);
  const passing = error instanceof CapwrightError && error.retryable;
  log(passing ? 'warn' : 'error', 'a step failed', {
    task: task.id,
    state: task.state,
    code: failure.code,
    error,
  });
  if (passing || task.state === 'cleaning') {
    const backoff = Math.min(timing.pollMs * 2 ** task.failures, LONGEST_WAIT_MS);
    return { type: 'hindered', failure, retryAt: clock.now() + backoff };
  }
  return { type: 'broke', as: 'failed', failure };
}
