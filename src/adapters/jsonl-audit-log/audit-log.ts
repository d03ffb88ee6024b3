import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { statusOf, type Journal } from '../../domain/task.ts';
import type { AuditLog } from '../../ports.ts';

/**
 * One file per session, `orchestrator_tasks_<session>.jsonl`, mode 0600. The journal in the task store is the truth;
 * a line that a crash cut short is removed, and lines that the file holds already are not written again.
 */
export function createAuditLog(directory: string): AuditLog {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const sizes = new Map<string, number>();
  return {
    append: (lines) => {
      const bySession = Map.groupBy(lines, (line) => line.task.sessionId);
      for (const [session, entries] of bySession) {
        const path = join(directory, `orchestrator_tasks_${session}.jsonl`);
        const untouched = sizes.get(path) === sizeOf(path);
        const present = untouched ? new Set<string>() : mendAndIndex(path);
        appendLines(
          path,
          entries.filter((line) => !present.has(keyOf(line.taskId, line.seq))),
        );
        sizes.set(path, sizeOf(path));
      }
    },
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function appendLines(path: string, lines: readonly Journal[]): void {
  const file = openSync(path, 'a', 0o600);
  try {
    writeSync(file, lines.map((line) => `${JSON.stringify(auditLine(line))}\n`).join(''));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

const TAIL_BYTES = 1_048_576;

/** Which of the last lines the file holds; lines are exported in order, so only the tail can overlap. */
function mendAndIndex(path: string): Set<string> {
  if (!existsSync(path)) {
    return new Set();
  }
  const content = readFileSync(path);
  const end = content.lastIndexOf(0x0a) + 1;
  if (end < content.length) {
    truncateSync(path, end);
  }
  const tail = content
    .subarray(Math.max(0, end - TAIL_BYTES), end)
    .toString('utf8')
    .split('\n');
  return new Set(tail.map(keyOfLine).filter((key) => key !== null));
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
  const file = 'file' in task ? task.file : null;
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
    blob_path: task.plan.storagePath,
    local_path: file?.path ?? (event.type === 'downloaded' ? event.file.path : null),
    sha256: file?.sha256 ?? (event.type === 'downloaded' ? event.file.sha256 : null),
    report_path: analysis?.reportPath ?? null,
    provisioning_state: task.provisioningState,
    capture_status: task.captureStatus,
    stop_reason: task.stopReason,
    problem: 'failure' in task ? task.failure : task.lastFailure,
    created_at: new Date(task.createdAt).toISOString(),
    updated_at: new Date(task.updatedAt).toISOString(),
  };
}
