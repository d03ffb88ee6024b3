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
      'What was captured is kept: check_task downloads and analyses it.',
      'With discard true it is neither downloaded nor analysed: the capture is removed from Azure and the task ends as',
      'task_cancelled; files that it left already are only deleted where the server is set up so.',
      'approval_required: show the user what would be done, and call again with plan_id if they agree.',
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
