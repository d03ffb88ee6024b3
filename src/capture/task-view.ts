import { Analysis } from '../domain/analysis.ts';
import { ERRORS, type Failure } from '../domain/errors.ts';
import type { Timing } from '../domain/next-action.ts';
import {
  blobUrlOf,
  filesOf,
  holdsVm,
  isTerminal,
  missingOf,
  pairedIds,
  statusOf,
  type Task,
  waitsForCredentials,
} from '../domain/task.ts';
import type { TaskView } from '../domain/views.ts';
import type { Artefacts, Clock } from '../ports.ts';
import { toAnalysisView } from './analysis-view.ts';

export type ViewTask = (task: Task) => Promise<TaskView>;

/** A task as its caller sees it, with the results read back from disk where it has any. */
export function createViewTask(deps: { artefacts: Artefacts; clock: Clock; timing: Timing }): ViewTask {
  const { artefacts, clock, timing } = deps;
  return async (task) => {
    const now = clock.now();
    const eta = etaSeconds(task, now);
    const analysis = await readAnalysis(artefacts, task);
    return {
      status: statusOf(task),
      task_id: task.id,
      state: task.state,
      session_id: task.sessionId,
      target: task.plan.vmId,
      location: task.plan.location,
      capture_name: task.plan.captureName,
      duration_seconds: task.plan.durationSeconds,
      blob_url: blobUrlOf(task),
      provisioning_state: task.provisioningState,
      capture_status: task.captureStatus,
      stop_reason: task.stopReason,
      progress: progressOf(task, now),
      eta_seconds: eta,
      next_check_seconds: nextCheckSeconds(task, now, timing),
      cleaned_up: !holdsVm(task),
      capture_path: filesOf(task)[0]?.path ?? null,
      files: filesOf(task).map(({ path, bytes, sha256, instanceId }) => ({
        path,
        bytes,
        sha256,
        instance: instanceName(task, instanceId),
      })),
      missing_instances: missingOf(task).map(({ name }) => name),
      blob_kept: mayStillDeleteBlobs(task) ? !task.deleteBlobs : !task.blobsGone,
      problem: problemOf(task),
      paired_task_ids: pairedIds(task),
      analysis,
      next: task.state === 'completed' && analysis === null ? resultsGone(task) : nextStep(task),
    };
  };
}

/** Before cleaning is over only the intention is known. */
function mayStillDeleteBlobs(task: Task): boolean {
  return !isTerminal(task) && task.state !== 'analyzing';
}

/** What people call an instance, where the plan knows it. */
function instanceName({ plan }: Task, id: string | null): string | null {
  return id === null ? null : (plan.instances.find((instance) => instance.id === id)?.name ?? id);
}

/** What the task found, or null; results that somebody removed or damaged don't make the task unreadable. */
async function readAnalysis(artefacts: Artefacts, task: Task): Promise<TaskView['analysis']> {
  if (task.state !== 'completed') {
    return null;
  }
  try {
    const analysis = Analysis.parse(JSON.parse(await artefacts.read(task.analysis.analysisPath)));
    return toAnalysisView(analysis, task.analysis);
  } catch {
    return null;
  }
}

function resultsGone(task: Task): string {
  return `The results of this task can't be read from its state directory any more; call analyze_pcap with task_id "${task.id}" for new ones.`;
}

/** Share of the whole task, from what each part usually takes beside the session itself. */
export function progressOf(task: Task, now: number): number {
  switch (task.state) {
    case 'requested':
      return 0;
    case 'provisioning':
      return 0.05;
    case 'capturing':
      return 0.1 + 0.5 * Math.min(1, runningSeconds(task, now) / task.plan.durationSeconds);
    case 'stopping':
      return 0.6;
    case 'downloading':
      return 0.65;
    case 'cleaning':
      return 0.75;
    case 'analyzing':
      return 0.8;
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return 1;
  }
}

/** Never negative: the clock may have been set back since the session began. */
function runningSeconds(task: Task, now: number): number {
  return Math.max(0, now - task.since) / 1000;
}

const AFTER_SESSION_SECONDS = 45;

function etaSeconds(task: Task, now: number): number | null {
  switch (task.state) {
    case 'requested':
    case 'provisioning':
      return task.plan.durationSeconds + AFTER_SESSION_SECONDS;
    case 'capturing':
      return Math.max(
        AFTER_SESSION_SECONDS,
        Math.ceil(task.plan.durationSeconds - runningSeconds(task, now)) + AFTER_SESSION_SECONDS,
      );
    case 'stopping':
    case 'downloading':
      return AFTER_SESSION_SECONDS;
    case 'cleaning':
    case 'analyzing':
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return null;
  }
}

function nextCheckSeconds(task: Task, now: number, timing: Timing): number | null {
  switch (task.state) {
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return null;
    case 'capturing':
      return Math.max(1, Math.ceil(task.plan.durationSeconds - runningSeconds(task, now)));
    case 'requested':
    case 'provisioning':
    case 'stopping':
    case 'downloading':
    case 'cleaning':
    case 'analyzing':
      return Math.max(1, Math.ceil(timing.pollMs / 1000));
  }
}

function problemOf(task: Task): TaskView['problem'] {
  const failure = 'failure' in task ? task.failure : task.lastFailure;
  return failure === null ? null : toFailureView(failure);
}

function toFailureView(failure: Failure): NonNullable<TaskView['problem']> {
  return { ...failure, turn: ERRORS[failure.code].turn };
}

function nextStep(task: Task): string {
  if (!isTerminal(task) && waitsForCredentials(task)) {
    return `Waiting for credentials: let the operator sign in again, then call check_task with task_id "${task.id}"; nothing is lost.`;
  }
  switch (task.state) {
    case 'completed':
      return 'Read analysis.report; every fact is in analysis.analysis_path.';
    case 'failed':
      return task.files.length === 0
        ? task.failure.next
        : `${task.failure.next} The capture is safe: analyze_pcap with task_id "${task.id}" tries again.`;
    case 'timed_out':
      return task.failure.next;
    case 'cancelled':
      return 'The task was cancelled and cleaned up; call start_capture for a new one.';
    case 'analyzing':
      return `Call check_task with task_id "${task.id}": the analysis runs inside it.`;
    case 'requested':
    case 'provisioning':
    case 'capturing':
    case 'stopping':
    case 'downloading':
    case 'cleaning':
      return `Call check_task with task_id "${task.id}"; it waits and then analyses the capture.`;
  }
}
