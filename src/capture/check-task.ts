import { CapwrightError } from '../domain/errors.ts';
import { isTerminal, type Task } from '../domain/task.ts';
import { unknownTask } from '../domain/task-errors.ts';
import type { CallContext, Clock, TaskRow, TaskStore } from '../ports.ts';
import type { Driver } from './driver.ts';
import { progressOf, type ViewTask } from './task-view.ts';
import type { UseCases } from './use-cases.ts';

/** Longest sleep between two looks, so that a change made by another process is seen soon. */
const LOOK_MS = 1000;

export interface CheckTaskDeps {
  store: TaskStore;
  driver: Driver;
  viewTask: ViewTask;
  clock: Clock;
}

/**
 * Drives a task for at most `wait_seconds`, the analysis included, and says where it is. Ending the call, or its
 * time, ends only the waiting: what has begun goes on, and the next call attaches to it.
 */
export function createCheckTask(deps: CheckTaskDeps): UseCases['checkTask'] {
  const { store, driver, viewTask, clock } = deps;
  return async (input, call) => {
    const deadline = clock.now() + input.wait_seconds * 1000;
    const first = await mustExist(store, input.task_id);
    const stopListening = driver.listen(input.task_id, ({ message }) =>
      call.progress({ fraction: progressOf(first.task, clock.now()), message }),
    );
    try {
      const row = await wait(deps, first, deadline, call);
      mustNotBeStuck(row.task, first.task);
      return await viewTask(row.task);
    } finally {
      stopListening();
    }
  };
}

async function wait(
  { store, driver, clock }: CheckTaskDeps,
  first: TaskRow,
  deadline: number,
  call: CallContext,
): Promise<TaskRow> {
  let row = first;
  let told = '';
  while (!isTerminal(row.task)) {
    const { id, state, failures } = row.task;
    if (state === 'analyzing' && failures > first.task.failures) {
      return row;
    }
    if (told !== `${state} ${row.task.captureStatus}`) {
      told = `${state} ${row.task.captureStatus}`;
      call.progress({ fraction: progressOf(row.task, clock.now()), message: describe(row.task) });
    }
    driver.nudge(id, { analyze: true });
    const left = deadline - clock.now();
    if (left <= 0 || call.signal.aborted) {
      return row;
    }
    await driver.changed(id, Math.min(left, LOOK_MS), call.signal);
    row = await mustExist(store, id);
  }
  return row;
}

function describe(task: Task): string {
  return task.captureStatus === null ? task.state : `${task.state}, session ${task.captureStatus}`;
}

async function mustExist(store: TaskStore, id: string): Promise<TaskRow> {
  const row = await store.get(id);
  if (row === null) {
    throw unknownTask();
  }
  return row;
}

/** Waiting on would help nobody where the operator has to act first. */
function mustNotBeStuck(task: Task, before: Task): void {
  const failure = task.lastFailure;
  if (task.state !== 'analyzing' || failure === null || task.failures === before.failures) {
    return;
  }
  throw new CapwrightError(
    failure.code,
    `${failure.message} The capture is downloaded and safe (${task.file.path}); Azure is cleaned up.`,
    `${failure.next} Then call check_task with task_id "${task.id}" again.`,
  );
}
