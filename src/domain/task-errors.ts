import { CapwrightError } from './errors.ts';
import type { Task } from './task.ts';

/** The refusal of a second capture on one VM; it names the task that holds it. */
export function vmBusy(holder: Task): CapwrightError {
  return new CapwrightError(
    'VM_BUSY',
    `Task ${holder.id} is already capturing on ${holder.plan.vmName} (state ${holder.state}).`,
    `Call check_task with task_id "${holder.id}", and start_capture again when it has ended.`,
  );
}

export function unknownTask(): CapwrightError {
  return new CapwrightError(
    'UNKNOWN_TASK',
    'There is no task with this id.',
    'Use the task_id that start_capture answered, on a server with the same state directory.',
  );
}

/** Of a task whose record is damaged, or was written by a newer version; it still holds its VM. */
export function taskUnreadable(id: string): CapwrightError {
  return new CapwrightError(
    'TASK_UNREADABLE',
    `The record of task ${id} can not be read: it is damaged, or a newer Capwright wrote it.`,
    'Run the newest Capwright on this state directory, or restore capwright.db from a backup; the task keeps its VM until then.',
  );
}
