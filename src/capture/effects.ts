import { CapwrightError, toFailure, type ErrorCode } from '../domain/errors.ts';
import { LONGEST_WAIT_MS, type Action, type Timing } from '../domain/next-action.ts';
import type { Task, TaskEvent } from '../domain/task.ts';
import type { Artefacts, CallContext, Clock, Cloud, Log } from '../ports.ts';
import { deleteBlobs, download } from './deliver.ts';
import { createWatch, type Watch } from './watch.ts';

export interface EffectDeps {
  cloud: Cloud;
  artefacts: Artefacts;
  clock: Clock;
  log: Log;
  timing: Timing;
  maxCaptureBytes: number;
}

/** Actions that reach outside and are carried out by the driver's own timer. */
export type CloudAction = Extract<
  Action,
  { do: 'ensure' | 'observe' | 'stop' | 'download' | 'delete' | 'delete_blobs' }
>;

export type Perform = (action: CloudAction, task: Task, call: CallContext) => Promise<TaskEvent>;

/**
 * Carries out one step in the cloud and says what came of it; it throws only when `call.signal` was aborted.
 * Every effect may be repeated after a crash: each looks first, or is harmless twice.
 */
export function createPerform(deps: EffectDeps): Perform {
  const watching = { ...deps, watch: createWatch(deps) };
  return async (action, task, call) => {
    try {
      return await effect(watching, action, task, call);
    } catch (error) {
      call.signal.throwIfAborted();
      return mishap(deps, action, task, error);
    }
  };
}

async function effect(
  deps: EffectDeps & { watch: Watch },
  action: CloudAction,
  task: Task,
  call: CallContext,
): Promise<TaskEvent> {
  const { cloud, clock, timing } = deps;
  const { pollMs } = timing;
  switch (action.do) {
    case 'ensure':
      await cloud.ensureCapture(task.plan, call.signal);
      return { type: 'created' };
    case 'observe': {
      const reading = await cloud.readCapture(task.plan, call.signal, deps.watch.look(task));
      return reading === null
        ? absent(deps, task)
        : { type: 'observed', reading, pollMs: deps.watch.pause(task, reading) };
    }
    case 'stop':
      await cloud.stopCapture(task.plan, call.signal);
      return { type: 'stop_sent', pollMs };
    case 'download':
      return download(deps, action.storagePath, task, call);
    case 'delete': {
      const askedAt = clock.now();
      if (task.state === 'cleaning' && task.outcome.kind === 'cancelled') {
        await deps.artefacts.dropUnfinished(task.id, 'downloads');
        await deps.artefacts.dropUnfinished(task.id, 'results');
      }
      return (await cloud.deleteCapture(task.plan, call.signal))
        ? { type: 'deletion_seen', askedAt }
        : { type: 'hindered', failure: STILL_THERE, retryAt: clock.now() + pollMs };
    }
    case 'delete_blobs':
      return deleteBlobs(deps, task, call);
  }
}

/** What Azure has just made it may not show everywhere yet; what was seen once and is gone has vanished. */
function absent({ clock, timing }: EffectDeps, task: Task): TaskEvent {
  const now = clock.now();
  const age = now - task.since;
  if (task.state === 'capturing' && task.captureStatus === null && age >= 0 && age < timing.lateMs) {
    return { type: 'hindered', failure: NOT_SHOWN_YET, retryAt: now + timing.pollMs };
  }
  return task.state === 'provisioning'
    ? { type: 'broke', as: 'timed_out', failure: task.lastFailure ?? NEVER_MADE }
    : { type: 'broke', as: 'failed', failure: VANISHED };
}

const NOT_SHOWN_YET = {
  code: 'AZURE_BUSY',
  message: 'Azure has made the capture and does not show it yet.',
  next: 'Nothing to do: Capwright looks again.',
} as const;

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
const STILL_THERE = {
  code: 'AZURE_BUSY',
  message: 'Azure still shows the capture after it was deleted.',
  next: 'Nothing to do: Capwright goes on until it is gone.',
} as const;

/** Passing troubles are waited out; lasting ones end the task, except cleaning up, which nothing ends. */
function mishap(
  { clock, log, timing }: EffectDeps,
  { do: step }: CloudAction,
  task: Task,
  error: unknown,
): TaskEvent {
  const failure = toFailure(error);
  const passing = error instanceof CapwrightError && error.retryable;
  const now = clock.now();
  log(passing ? 'warn' : 'error', 'a step failed', {
    task: task.id,
    state: task.state,
    code: failure.code,
    error,
  });
  const isUnclear = step === 'ensure' && UNANSWERED.has(failure.code);
  const unclear = isUnclear ? { unclearUntil: now + timing.lateMs } : {};
  if (passing || task.state === 'cleaning') {
    const backoff = Math.min(timing.pollMs * 2 ** task.failures, LONGEST_WAIT_MS);
    return { type: 'hindered', failure, retryAt: now + backoff, ...unclear };
  }
  return { type: 'broke', as: 'failed', failure, ...unclear };
}

/** What a create request may have met that reached Azure all the same. */
const UNANSWERED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['AZURE_UNAVAILABLE', 'INTERNAL']);
