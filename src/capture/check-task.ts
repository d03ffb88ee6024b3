import { CapwrightError } from '../domain/errors.ts';
import { filesOf, isTerminal, type Task } from '../domain/task.ts';
import type { CallContext, Clock, Holder, TaskRow, TaskStore } from '../ports.ts';
import { LOOK_MS } from './attend.ts';
import { elapsed, type Driver } from './driver.ts';
import { findTask } from './find-task.ts';
import { progressOf } from './task-progress.ts';
import { meanwhile, type ViewTask } from './task-view.ts';
import type { UseCases } from './use-cases.ts';

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
    const first = await findTask(store, input.task_id);
    let seen = first.task;
    const stopListening = driver.listen(input.task_id, ({ fraction, message }) =>
      call.progress({ fraction: progressOf(seen, clock.now(), fraction ?? 0), message }),
    );
    const see = (task: Task): void => {
      seen = task;
    };
    try {
      const row = await wait(deps, { first, see }, input.wait_seconds * 1000, call);
      mustNotBeStuck(row.task, first.task);
      const view = await viewTask(row.task);
      const holder = isTerminal(row.task) ? null : store.holderOf(row);
      return holder === null ? view : { ...view, next: `${view.next} ${heldBy(holder)}` };
    } finally {
      stopListening();
    }
  };
}

function heldBy({ pid }: Holder): string {
  const process = pid === null ? 'another Capwright process' : `Capwright process ${pid}`;
  return `${process} on this machine drives it; should that hang, end it, and this one goes on.`;
}

async function wait(
  { store, driver, clock }: CheckTaskDeps,
  { first, see }: { first: TaskRow; see: (task: Task) => void },
  waitMs: number,
  call: CallContext,
): Promise<TaskRow> {
  let row = first;
  let left = waitMs;
  let told = '';
  while (!isTerminal(row.task)) {
    const { id, state } = row.task;
    if (isStuck(row.task, first.task)) {
      return row;
    }
    const now = `${state} ${row.task.captureStatus} ${filesOf(row.task).length}`;
    if (told !== now) {
      told = now;
      call.progress({ fraction: progressOf(row.task, clock.now()), message: describe(row.task) });
    }
    driver.nudge(id, { analyze: true });
    if (left <= 0 || call.signal.aborted) {
      return row;
    }
    const before = clock.now();
    await driver.changed(id, Math.min(left, LOOK_MS), call.signal);
    left -= elapsed(before, clock.now());
    row = await findTask(store, id);
    see(row.task);
  }
  return row;
}

function describe(task: Task): string {
  if (task.state === 'downloading' && task.files.length > 0) {
    return `downloading, ${task.files.length} of the files here`;
  }
  return task.captureStatus === null ? task.state : `${task.state}, session ${task.captureStatus}`;
}

/** An analysis failed during this call, and waiting on would help nobody: the operator may have to act first. */
function isStuck(task: Task, before: Task): task is Extract<Task, { state: 'analyzing' }> {
  const known = before.state === 'analyzing' ? before.failures : 0;
  return task.state === 'analyzing' && task.failures > known;
}

function mustNotBeStuck(task: Task, before: Task): void {
  const failure = task.lastFailure;
  if (!isStuck(task, before) || failure === null) {
    return;
  }
  throw new CapwrightError(
    failure.code,
    `${failure.message} The capture is downloaded and safe (${whereOf(task)}); Azure is cleaned up.`,
    `${failure.next} Then call check_task with task_id "${task.id}" again.${meanwhile(task)}`,
  );
}

/** A ring may have left thousands of files. */
function whereOf({ files }: { files: readonly { path: string }[] }): string {
  const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
  return `${files[0]?.path ?? 'in the state directory'}${more}`;
}
