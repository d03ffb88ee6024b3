import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { blobUrlOf, fileOf, statusOf, type Journal } from '../../domain/task.ts';
import type { AuditLog } from '../../ports.ts';

/**
 * One file per session, `orchestrator_tasks_<session>.jsonl`, mode 0600. The journal in the task store is the truth;
 * a line that a crash cut short is removed, and lines that the file holds already are not written again.
 */
export function createAuditLog(directory: string): AuditLog {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return {
    append: (lines) => {
      for (const [session, entries] of Map.groupBy(lines, (line) => line.task.sessionId)) {
        appendMissing(join(directory, `orchestrator_tasks_${session}.jsonl`), entries);
      }
    },
  };
}

function appendMissing(path: string, entries: readonly Journal[]): void {
  const lines = entries.map((entry) => ({
    key: keyOf(entry.taskId, entry.seq),
    text: `${JSON.stringify(auditLine(entry))}\n`,
  }));
  const bytes = lines.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const file = openSync(path, 'a+', 0o600);
  try {
    const present = mendAndIndex(file, 2 * bytes + SPARE_BYTES);
    const missing = lines.filter(({ key }) => !present.has(key)).map(({ text }) => text);
    writeFileSync(file, missing.join(''));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Lines of another version of ours may be longer than they are now. */
const SPARE_BYTES = 65_536;

/**
 * Which of the last lines the file holds. Lines are exported in order and one export at a time, so what an export
 * that was not marked as done has left behind is the end of the file, and no longer than the export itself.
 */
function mendAndIndex(file: number, tailBytes: number): Set<string> {
  const { size } = fstatSync(file);
  const from = Math.max(0, size - tailBytes);
  const tail = Buffer.alloc(size - from);
  const read = tail.subarray(0, readSync(file, tail, 0, tail.length, from));
  const end = read.lastIndexOf(0x0a) + 1;
  if (end < read.length) {
    ftruncateSync(file, from + end);
  }
  const lines = read.subarray(0, end).toString('utf8').split('\n');
  return new Set(lines.map(keyOfLine).filter((key) => key !== null));
}

function keyOfLine(line: string): string | null {
  const found = /^\{"task_id":"([^"]+)","seq":(\d+),/.exec(line);
  return found === null ? null : keyOf(found[1] ?? '', Number(found[2]));
}

function keyOf(taskId: string, seq: number): string {
  return `${taskId} ${seq}`;
}

/** The published shape of one audit line; `task_id` and `seq` come first, they are its key. */
function auditLine({ taskId, seq, at, event, task }: Journal): Record<string, unknown> {
  const file = fileOf(task);
  const analysis = 'analysis' in task ? task.analysis : null;
  return {
    task_id: taskId,
    seq,
    at: new Date(at).toISOString(),
    session_id: task.sessionId,
    intent: 'capture_traffic',
    event: event.type,
    state: task.state,
    status: statusOf(task),
    parameters: task.parameters,
    investigation_context: task.investigationContext,
    target: task.plan.vmId,
    capture_name: task.plan.captureName,
    blob_path: blobUrlOf(task),
    local_path: file?.path ?? null,
    sha256: file?.sha256 ?? null,
    report_path: analysis?.reportPath ?? null,
    provisioning_state: task.provisioningState,
    capture_status: task.captureStatus,
    stop_reason: task.stopReason,
    problem: 'failure' in task ? task.failure : task.lastFailure,
    created_at: new Date(task.createdAt).toISOString(),
    updated_at: new Date(task.updatedAt).toISOString(),
  };
}
