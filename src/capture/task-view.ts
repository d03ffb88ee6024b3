import { Analysis } from '../domain/analysis.ts';
import type { CaptureFile } from '../domain/capture-plan.ts';
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
import { etaSeconds, nextCheckSeconds, progressOf } from './task-progress.ts';

/** A caller's model has to read them; the audit and the report name all. */
const MOST_FILES = 50;

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
      files: filesOf(task)
        .slice(0, MOST_FILES)
        .map((file) => toFileView(task, file)),
      files_total: filesOf(task).length,
      missing_instances: missingOf(task).map(({ name }) => name),
      blob_kept: blobKept(task),
      problem: problemOf(task),
      paired_task_ids: pairedIds(task),
      analysis,
      next: task.state === 'completed' ? nextWithResults(task, analysis) : nextStep(task),
    };
  };
}

/** Before cleaning is over only the intention is known, and what a session left that brought nothing here, never. */
function blobKept(task: Task): boolean | null {
  if (!isTerminal(task) && task.state !== 'analyzing') {
    return !task.deleteBlobs;
  }
  if (task.blobsGone) {
    return false;
  }
  return filesOf(task).length > 0 ? true : leftBehind(task);
}

/** Of a task that brought nothing here: whether a file was seen, none can be, or null where neither is known. */
function leftBehind(task: Task): boolean | null {
  const code = 'failure' in task ? task.failure.code : null;
  if (code === 'FILE_TOO_LARGE' || code === 'DOWNLOAD_INTERRUPTED') {
    return true;
  }
  const neverRan = task.captureStatus === null || task.captureStatus === 'NotStarted';
  return neverRan || code === 'BLOB_MISSING' ? false : null;
}

function toFileView(task: Task, { path, bytes, sha256, instanceId }: CaptureFile): TaskView['files'][number] {
  return { path, bytes, sha256, instance: instanceName(task, instanceId) };
}

/** What people call an instance, where the plan knows it. */
function instanceName({ plan }: Task, id: string | null): string | null {
  return id === null ? null : (plan.instances.find((instance) => instance.id === id)?.name ?? id);
}

/** What the task found, or null; results that somebody removed or damaged don't make the task unreadable. */
async function readAnalysis(artefacts: Artefacts, task: Task): Promise<TaskView['analysis']> {
  const ref = 'analysis' in task ? task.analysis : null;
  if (ref === null) {
    return null;
  }
  try {
    const analysis = Analysis.parse(JSON.parse(await artefacts.read(ref.analysisPath)));
    return toAnalysisView(analysis, ref);
  } catch {
    return null;
  }
}

function nextWithResults(task: Task, analysis: TaskView['analysis']): string {
  if (analysis === null) {
    return `The results of this task can't be read from its state directory any more; call analyze_pcap with task_id "${task.id}" for new ones.`;
  }
  if (analysis.capture.packets === 0) {
    return task.plan.filters.length === 0
      ? 'No packet was captured: check that there was traffic on the target while the session ran, then call start_capture again.'
      : 'No packet was captured: check the filters (addresses and ports are as the target itself sees them) and that there was such traffic, then call start_capture again.';
  }
  return 'Read analysis.report; every fact is in analysis.analysis_path.';
}

function problemOf(task: Task): TaskView['problem'] {
  const failure = 'failure' in task ? task.failure : task.lastFailure;
  return failure === null ? null : toFailureView(failure);
}

function toFailureView(failure: Failure): NonNullable<TaskView['problem']> {
  return { ...failure, turn: ERRORS[failure.code].turn };
}

function nextStep(task: Exclude<Task, { state: 'completed' }>): string {
  if (!isTerminal(task) && waitsForCredentials(task)) {
    return `Waiting for credentials: let the operator sign in again, then call check_task with task_id "${task.id}"; nothing is lost.`;
  }
  switch (task.state) {
    case 'failed':
    case 'timed_out':
      return task.files.length === 0
        ? task.failure.next
        : `${task.failure.next} The capture is safe: analyze_pcap with task_id "${task.id}" tries again.`;
    case 'cancelled':
      return 'The task was cancelled and cleaned up; call start_capture for a new one.';
    case 'analyzing':
      return `Call check_task with task_id "${task.id}": the analysis runs inside it.${meanwhile(task)}`;
    case 'requested':
    case 'provisioning':
    case 'capturing':
      return task.plan.ring === null
        ? waitFor(task)
        : `It captures into a ring of ${task.plan.ring.fileCount} files until stop_capture with task_id "${task.id}" ends it, or its ${task.plan.durationSeconds} s are over; call stop_capture once the fault has shown itself.`;
    case 'stopping':
    case 'downloading':
    case 'cleaning':
      return waitFor(task);
  }
}

/** What can be had of a task that waits for a sandbox; '' for every other. */
export function meanwhile({ lastFailure }: Pick<Task, 'lastFailure'>): string {
  return lastFailure?.code === 'SANDBOX_UNAVAILABLE'
    ? ' Meanwhile analyze_pcap with that task_id gives an overview without tshark, which says what it leaves out.'
    : '';
}

function waitFor({ id }: Task): string {
  return `Call check_task with task_id "${id}"; it waits and then analyses the capture.`;
}
