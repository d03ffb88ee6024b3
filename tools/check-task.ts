import { CheckTaskInput } from '../src/domain/inputs.ts';
import { TaskView } from '../src/domain/views.ts';
import type { UseCases } from '../src/capture/use-cases.ts';
import { resultLinks } from './links.ts';
import { summarizeTask } from './summaries.ts';
import { defineTool } from './tool.ts';

/** check_task: waits for a task, drives it, and brings the analysis once it is there. */
export function createCheckTask({ checkTask }: Pick<UseCases, 'checkTask'>) {
  return defineTool({
    name: 'check_task',
    title: 'Check a capture task',
    description: [
      'Wait for a packet capture task, see its status, and get its findings and report.',
      'Waits at most wait_seconds (default 45); the download, the removal from Azure and the analysis run inside',
      'this call. task_pending: call again after next_check_seconds. A wait that ends or is cancelled loses nothing,',
      'the server goes on. Any other status is final, and answered again at once.',
    ].join(' '),
    input: CheckTaskInput,
    output: TaskView,
    effect: 'adds',
    idempotent: true,
    openWorld: true,
    run: (input, call) => checkTask(input, call),
    summary: summarizeTask,
    links: ({ task_id: id, analysis }) => resultLinks(id, analysis),
  });
}
