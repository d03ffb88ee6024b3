import { StartCaptureInput } from '../src/domain/inputs.ts';
import { TaskView } from '../src/domain/views.ts';
import type { UseCases } from '../src/capture/use-cases.ts';
import { summarizeTask } from './summaries.ts';
import { defineTool } from './tool.ts';

/** start_capture: begins a capture in Azure and answers at once with the task to check. */
export function createStartCapture({ startCapture }: Pick<UseCases, 'startCapture'>) {
  return defineTool({
    name: 'start_capture',
    title: 'Start a packet capture',
    description: [
      'Start a packet capture (pcap) on an Azure virtual machine with Network Watcher.',
      'Answers at once with a task_id. Then call check_task with it until the status is no longer task_pending:',
      'the capture is stopped, downloaded, removed from Azure and analysed.',
      'A VM has one capture at a time. Send a request_id, so that a retry finds the same task.',
      'The task_id stays valid across restarts of the server, as long as its state directory is kept.',
    ].join(' '),
    input: StartCaptureInput,
    output: TaskView,
    effect: 'adds',
    idempotent: false,
    openWorld: true,
    run: (input, call) => startCapture(input, call),
    summary: summarizeTask,
  });
}
