import type {
  AnalyzeInput,
  CheckTaskInput,
  CleanupInput,
  ListTasksInput,
  StartCaptureInput,
  StopCaptureInput,
} from '../domain/inputs.ts';
import type { AnalyzeView, CleanupView, StartView, TaskListView, TaskView } from '../domain/views.ts';
import type { CallContext } from '../ports.ts';

/** Everything a caller can ask for; tools, HTTP routes and the CLI call nothing else. */
export interface UseCases {
  startCapture(input: StartCaptureInput, call: CallContext): Promise<TaskView>;
  planCapture(input: StartCaptureInput, call: CallContext): Promise<StartView>;
  checkTask(input: CheckTaskInput, call: CallContext): Promise<TaskView>;
  stopCapture(input: StopCaptureInput, call: CallContext): Promise<TaskView>;
  listTasks(input: ListTasksInput, call: CallContext): Promise<TaskListView>;
  analyzePcap(input: AnalyzeInput, call: CallContext): Promise<AnalyzeView>;
  cleanupOrphans(input: CleanupInput, call: CallContext): Promise<CleanupView>;
}
