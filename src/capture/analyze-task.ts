import { CapwrightError, toFailure } from '../domain/errors.ts';
import { filesOf, type Task, type TaskEvent } from '../domain/task.ts';
import type { CallContext, Clock, Log } from '../ports.ts';
import type { RunAnalysis } from './run-analysis.ts';

/** Failed analyses in a row after which a task gives up; its capture stays for analyze_pcap. */
const MAX_ATTEMPTS = 3;
const RETRY_MS = 30_000;

export type AnalyzeTask = (task: Task, call: CallContext) => Promise<TaskEvent>;

/** Analyses the capture of a task and says what came of it; throws only when `call.signal` was aborted. */
export function createAnalyzeTask(deps: { runAnalysis: RunAnalysis; clock: Clock; log: Log }): AnalyzeTask {
  return async (task, call) => {
    try {
      const { ref } = await deps.runAnalysis(
        {
          id: task.id,
          path: capturePathOf(task),
          scope: 'anywhere',
          context: task.investigationContext,
          llm: task.llm,
        },
        call,
      );
      return { type: 'analyzed', analysis: ref };
    } catch (error) {
      call.signal.throwIfAborted();
      const failure = toFailure(error);
      deps.log('error', 'the analysis failed', { task: task.id, code: failure.code, error });
      return isWorthRepeating(task, error)
        ? { type: 'hindered', failure, retryAt: deps.clock.now() + RETRY_MS }
        : { type: 'analysis_failed', failure };
    }
  };
}

/** A sandbox that is not there is waited for without end: nothing is wrong with the capture. */
function isWorthRepeating(task: Task, error: unknown): boolean {
  if (!(error instanceof CapwrightError)) {
    return false;
  }
  return error.code === 'SANDBOX_UNAVAILABLE' || (error.retryable && task.failures + 1 < MAX_ATTEMPTS);
}

/** The downloaded capture of a task; throws TASK_NOT_READY where there is none. */
export function capturePathOf(task: Task): string {
  const [file] = filesOf(task);
  if (file === undefined) {
    throw new CapwrightError(
      'TASK_NOT_READY',
      `Task ${task.id} has no downloaded capture (state ${task.state}).`,
      `Call check_task with task_id "${task.id}" until it has ended.`,
    );
  }
  return file.path;
}
