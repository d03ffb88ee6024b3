import { ListTasksInput } from '../src/domain/inputs.ts';
import { TaskListView } from '../src/domain/views.ts';
import type { UseCases } from '../src/capture/use-cases.ts';
import { summarizeTaskList } from './summaries.ts';
import { defineTool } from './tool.ts';

/** list_tasks: which tasks there are, page by page. */
export function createListTasks({ listTasks }: Pick<UseCases, 'listTasks'>) {
  return defineTool({
    name: 'list_tasks',
    title: 'List capture tasks',
    description: [
      'List the packet capture tasks of this server, newest first.',
      'Narrow it by states, target or session_id; next_cursor leads to the next page.',
      'Use it to find a task_id that was lost; check_task tells the rest.',
    ].join(' '),
    input: ListTasksInput,
    output: TaskListView,
    effect: 'reads',
    idempotent: true,
    openWorld: false,
    run: (input, call) => listTasks(input, call),
    summary: summarizeTaskList,
  });
}
