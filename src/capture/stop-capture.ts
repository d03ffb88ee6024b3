import type { ApprovedBy } from '../domain/approval.ts';
import type { StopCaptureInput } from '../domain/inputs.ts';
import type { Task } from '../domain/task.ts';
import type { TaskView } from '../domain/views.ts';
import type { CallContext, Clock, TaskStore } from '../ports.ts';
import { LOOK_MS } from './attend.ts';
import { elapsed, type Driver } from './driver.ts';
import { findTask } from './find-task.ts';
import type { ViewTask } from './task-view.ts';

export interface StopCaptureDeps {
  store: TaskStore;
  driver: Driver;
  viewTask: ViewTask;
  clock: Clock;
}

export type StopTask = (
  input: Omit<StopCaptureInput, 'plan_id'>,
  call: CallContext,
  approvedBy?: ApprovedBy,
) => Promise<TaskView>;

/**
 * Notes the wish and lets whoever drives the task fulfil it: the session is stopped in Azure, and what was captured is
 * kept and goes its way, or with `discard` is dropped. The wish outlives this call and this process.
 */
export function createStopCapture({ store, driver, viewTask, clock }: StopCaptureDeps): StopTask {
  return async (input, call, approvedBy) => {
    let left = input.wait_seconds * 1000;
    await findTask(store, input.task_id);
    await store.setWish(input.task_id, input.discard ? 'discard' : 'stop', clock.now(), approvedBy);
    for (;;) {
      driver.nudge(input.task_id, { analyze: false });
      const { task } = await findTask(store, input.task_id);
      if (isSettled(task, input.discard) || left <= 0 || call.signal.aborted) {
        return viewTask(task);
      }
      call.progress({ fraction: null, message: `stopping (${task.state})` });
      const before = clock.now();
      await driver.changed(input.task_id, Math.min(left, LOOK_MS), call.signal);
      left -= elapsed(before, clock.now());
    }
  };
}

/** Stopped once the session is over; discarded only when nothing of it is left in Azure. */
function isSettled(task: Task, discard: boolean): boolean {
  switch (task.state) {
    case 'requested':
    case 'provisioning':
    case 'capturing':
    case 'stopping':
      return false;
    case 'downloading':
    case 'cleaning':
    case 'analyzing':
      return !discard;
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return true;
  }
}
