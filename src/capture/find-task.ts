import { unknownTask } from '../domain/task-errors.ts';
import type { TaskRow, TaskStore } from '../ports.ts';

/** The task with this id; throws UNKNOWN_TASK with the way to a good one. */
export async function findTask(store: TaskStore, id: string): Promise<TaskRow> {
  const row = await store.get(id);
  if (row === null) {
    throw unknownTask();
  }
  return row;
}
