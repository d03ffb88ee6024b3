import { hash } from 'node:crypto';
import { blobUrlOf, filesOf, pairedIds, statusOf, type Journal } from '../../domain/task.ts';

/** Name of a session's file within the audit directory. */
export function fileNameOf(session: string): string {
  return `orchestrator_tasks_${session}.jsonl`;
}

/** The session that a file's name names, or null where it is another kind of name. */
export function sessionOf(fileName: string): string | null {
  return /^orchestrator_tasks_([A-Za-z0-9._-]{1,64})\.jsonl$/.exec(fileName)?.[1] ?? null;
}

/** The published shape of one audit line; `task_id` and `seq` come first, they are its key. */
export function auditLine({ taskId, seq, at, event, task }: Journal): Record<string, unknown> {
  const [file] = filesOf(task);
  const analysis = 'analysis' in task ? task.analysis : null;
  return {
    task_id: taskId,
    seq,
    at: new Date(at).toISOString(),
    session_id: task.sessionId,
    intent: 'capture_traffic',
    event: event.type,
    ...(event.type === 'discard_approved' && { approved_by: event.by }),
    state: task.state,
    status: statusOf(task),
    parameters: task.parameters,
    ...(task.group !== null && { paired_task_ids: pairedIds(task) }),
    investigation_context: task.investigationContext,
    target: task.plan.vmId,
    capture_name: task.plan.captureName,
    blob_path: blobUrlOf(task),
    local_path: file?.path ?? null,
    sha256: file?.sha256 ?? null,
    files: filesOf(task).map(({ path, sha256, blobUrl }) => ({ path, sha256, blob_path: blobUrl })),
    report_path: analysis?.reportPath ?? null,
    provisioning_state: task.provisioningState,
    capture_status: task.captureStatus,
    stop_reason: task.stopReason,
    problem: 'failure' in task ? task.failure : task.lastFailure,
    created_at: new Date(task.createdAt).toISOString(),
    updated_at: new Date(task.updatedAt).toISOString(),
  };
}

/** Members that lines of earlier versions lack. */
export const ADDED_LATER: ReadonlySet<string> = new Set(['files']);

/** What makes a line one and the same in file and journal. */
export function keyOf(taskId: string, seq: number): string {
  return `${taskId} ${seq}`;
}

/** The same of a line as it stands in a file, of whichever version; null where it is none of ours. */
export function keyOfLine(line: string): string | null {
  const found = /^\{"task_id":"([^"]+)","seq":(\d+),/.exec(line);
  return found === null ? null : keyOf(found[1] ?? '', Number(found[2]));
}

export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
