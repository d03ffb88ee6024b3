import type { ErrorCode } from '../domain/errors.ts';
import type { Task, TaskEvent } from '../domain/task.ts';

const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 600_000;

/** How a sandbox that stays away is waited for when nobody asks: ever longer, and without saying the same again. */
export interface Patience {
  /** Whether the timer may try this task once more. */
  mayTry(id: string, now: number): boolean;
  /** Whether the journal does not have this yet; what it has only lengthens the pause. */
  isNews(task: Task, event: TaskEvent, now: number): boolean;
}

/** Kept in memory alone: a server that starts anew tries at once. */
export function createPatience(): Patience {
  const waits = new Map<string, { until: number; tries: number }>();
  return {
    mayTry: (id, now) => {
      const until = waits.get(id)?.until ?? now;
      return until <= now || until > now + LONGEST_PAUSE_MS;
    },
    isNews: (task, event, now) => {
      if (!saysTheSame(task, event)) {
        waits.delete(task.id);
        return true;
      }
      const tries = (waits.get(task.id)?.tries ?? 0) + 1;
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(tries, 10), LONGEST_PAUSE_MS);
      waits.set(task.id, { until: now + pause, tries });
      return false;
    },
  };
}

/** Whether a failure says only that no sandbox is free: nothing is wrong with the capture, so it is waited for. */
export function isWaitedFor(code: ErrorCode): boolean {
  return code === 'SANDBOX_UNAVAILABLE' || code === 'SANDBOX_BUSY';
}

/** Every other failure is counted in the task, and ends it after a few. */
function saysTheSame({ state, lastFailure }: Task, event: TaskEvent): boolean {
  return (
    state === 'analyzing' &&
    event.type === 'hindered' &&
    isWaitedFor(event.failure.code) &&
    event.failure.code === lastFailure?.code &&
    // How many wait before this one changes all the time.
    (event.failure.code === 'SANDBOX_BUSY' || event.failure.message === lastFailure.message)
  );
}
