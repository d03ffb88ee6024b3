import { CapwrightError, toFailure } from '../domain/errors.ts';
import { LONGEST_WAIT_MS } from '../domain/next-action.ts';
import type { Task, TaskEvent } from '../domain/task.ts';
import type { CallContext, Clock, Log } from '../ports.ts';
import { isWaitedFor } from './patience.ts';
import type { RunTaskAnalysis } from './run-task-analysis.ts';

/** Failed analyses in a row after which a task gives up; its capture stays for analyze_pcap. */
const MAX_ATTEMPTS = 3;
/** Before the second try; it doubles up to the longest wait there is. */
const FIRST_RETRY_MS = 30_000;

export type AnalyzeTask = (task: Task, call: CallContext) => Promise<TaskEvent>;

export interface AnalyzeTaskDeps {
  runTaskAnalysis: RunTaskAnalysis;
  clock: Clock;
  log: Log;
}

/** Analyses the capture of a task and says what came of it; throws only when `call.signal` was aborted. */
export function createAnalyzeTask(deps: AnalyzeTaskDeps): AnalyzeTask {
  return async (task, call) => {
    try {
      const { ref } = await deps.runTaskAnalysis(
        { id: task.id, task, context: task.investigationContext, llm: task.llm },
        call,
      );
      return { type: 'analyzed', analysis: ref };
    } catch (error) {
      call.signal.throwIfAborted();
      const failure = toFailure(error);
      deps.log('error', 'the analysis failed', { task: task.id, code: failure.code, error });
      return isWorthRepeating(task, error)
        ? { type: 'hindered', failure, retryAt: deps.clock.now() + retryMs(task) }
        : { type: 'analysis_failed', failure };
    }
  };
}

/** A sandbox that is not there, or not free, is waited for without end. */
function isWorthRepeating(task: Task, error: unknown): boolean {
  if (!(error instanceof CapwrightError)) {
    return false;
  }
  return isWaitedFor(error.code) || (error.retryable && task.failures + 1 < MAX_ATTEMPTS);
}

/** A sandbox that stays away for days is asked for every few minutes, not every few seconds. */
function retryMs({ state, failures }: Task): number {
  const tries = state === 'analyzing' ? failures : 0;
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(tries, 10), LONGEST_WAIT_MS);
}
