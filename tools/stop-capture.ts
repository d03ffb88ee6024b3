import { StopCaptureInput } from '../src/domain/inputs.ts';
import { StopView } from '../src/domain/views.ts';
import type { UseCases } from '../src/capture/use-cases.ts';
import { summarizeStop } from './summaries.ts';
import { defineTool } from './tool.ts';

/** stop_capture: ends a session before its time. */
export function createStopCapture({ stopCapture }: Pick<UseCases, 'stopCapture'>) {
  return defineTool({
    name: 'stop_capture',
    title: 'Stop a packet capture',
    description: [
      'Stop a running packet capture now instead of at its time limit.',
      'What was captured is kept: call check_task for the download, the removal from Azure and the analysis.',
      'With discard true nothing is kept: the capture is removed from Azure and the task ends as task_cancelled.',
      'approval_required: show the user what is lost, and call again with plan_id if they agree.',
    ].join(' '),
    input: StopCaptureInput,
    output: StopView,
    effect: 'destroys',
    idempotent: true,
    openWorld: true,
    run: (input, call) => stopCapture(input, call),
    summary: summarizeStop,
  });
}
