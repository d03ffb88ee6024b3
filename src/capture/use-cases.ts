import type { AnalyzeInput, CheckTaskInput, CleanupInput, StartCaptureInput } from '../domain/inputs.ts';
import type { AnalyzeView, CleanupView, TaskView } from '../domain/views.ts';
import type { CallContext } from '../ports.ts';

/** Everything a caller can ask for; tools, HTTP routes and the CLI call nothing else. */
export interface UseCases {
  startCapture(input: StartCaptureInput, call: CallContext): Promise<TaskView>;
  checkTask(input: CheckTaskInput, call: CallContext): Promise<TaskView>;
  analyzePcap(input: AnalyzeInput, call: CallContext): Promise<AnalyzeView>;
  cleanupOrphans(input: CleanupInput, call: CallContext): Promise<CleanupView>;
}
