import { holdsVm, pairedIds, statusOf } from '../domain/task.ts';
import type { TaskStore } from '../ports.ts';
import type { UseCases } from './use-cases.ts';

/** One page of the task table, newest first. */
export function createListTasks({ store }: { store: TaskStore }): UseCases['listTasks'] {
  return async (input) => {
    const { tasks, unreadable, cursor } = await store.page({
      limit: input.limit,
      cursor: input.cursor ?? null,
      states: input.states,
      vm: input.target ?? null,
      sessionId: input.session_id ?? null,
    });
    return {
      tasks: tasks.map((task) => ({
        status: statusOf(task),
        task_id: task.id,
        state: task.state,
        session_id: task.sessionId,
        target: task.plan.vmId,
        duration_seconds: task.plan.durationSeconds,
        cleaned_up: !holdsVm(task),
        paired_task_ids: pairedIds(task),
        created_at: new Date(task.createdAt).toISOString(),
        report_path: task.state === 'completed' ? task.analysis.reportPath : null,
      })),
      next_cursor: cursor,
      next: `${nextStep(cursor, tasks.length)}${unreadable.length === 0 ? '' : ` Not shown, because their records can not be read: ${unreadable.join(', ')}; cleanup_orphans says more.`}`,
    };
  };
}

function nextStep(cursor: string | null, count: number): string {
  if (cursor === null) {
    return count === 0
      ? 'No task is like that; start_capture begins one.'
      : 'Call check_task with a task_id for the whole of a task.';
  }
  return `Call list_tasks again with cursor "${cursor}" for the next page.`;
}
