import { StartCaptureArguments } from '../src/domain/start-arguments.ts';
import { StartView } from '../src/domain/views.ts';
import type { UseCases } from '../src/capture/use-cases.ts';
import { summarizeStart } from './summaries.ts';
import { defineTool } from './tool.ts';

/** start_capture: begins a capture in Azure and answers at once with the task to check; a dry run begins nothing. */
export function createStartCapture({
  startCapture,
  planCapture,
}: Pick<UseCases, 'startCapture' | 'planCapture'>) {
  return defineTool({
    name: 'start_capture',
    title: 'Start a packet capture',
    description: [
      'Start a packet capture (pcap) on an Azure virtual machine with Network Watcher, or on several at once.',
      'Answers at once with a task_id. Then call check_task with it until the status is no longer task_pending:',
      'the capture is stopped, downloaded, removed from Azure and analysed. Of several targets each has a task of its own.',
      'With dry_run it creates nothing and shows the checks and the request. approval_required: show the user what it',
      'would do, and call again with plan_id if they agree.',
      'A VM has one capture at a time. Send a request_id, so that a retry finds the same tasks;',
      'a task_id stays valid as long as the state directory of the server.',
    ].join(' '),
    input: StartCaptureArguments,
    output: StartView,
    effect: 'adds',
    idempotent: false,
    openWorld: true,
    run: ({ dry_run: dryRun, ...input }, call) =>
      dryRun ? planCapture(input, call) : startCapture(input, call),
    summary: summarizeStart,
  });
}
