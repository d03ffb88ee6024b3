import { StopCaptureInput } from '../src/domain/inputs.ts';
import { TaskView } from '../src/domain/views.ts';
import type { UseCases } from '../src/capture/use-cases.ts';
import { summarizeTask } from './summaries.ts';
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
      'Only a task of this server can be stopped.',
    ].join(' '),
    input: StopCaptureInput,
    output: TaskView,
    effect: 'destroys',
    idempotent: true,
    openWorld: true,
    run: (input, call) => stopCapture(input, call),
    summary: summarizeTask,
  });
}
