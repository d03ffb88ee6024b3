import type {
  AnalyzeInput,
  CheckTaskInput,
  CleanupInput,
  ListTasksInput,
  StopCaptureInput,
} from '../domain/inputs.ts';
import type { StartRequest } from '../domain/start-arguments.ts';
import type {
  AnalyzeView,
  CleanupView,
  StartView,
  StopView,
  TaskListView,
  TaskView,
} from '../domain/views.ts';
import type { CallContext } from '../ports.ts';

/**
 * Everything a caller can ask for; tools, HTTP routes and the CLI call nothing else. What needs an approval throws
 * ApprovalNeeded where the call's person can be asked.
 */
export interface UseCases {
  startCapture(input: StartRequest, call: CallContext): Promise<StartView>;
  planCapture(input: StartRequest, call: CallContext): Promise<StartView>;
  checkTask(input: CheckTaskInput, call: CallContext): Promise<TaskView>;
  stopCapture(input: StopCaptureInput, call: CallContext): Promise<StopView>;
  listTasks(input: ListTasksInput, call: CallContext): Promise<TaskListView>;
  analyzePcap(input: AnalyzeInput, call: CallContext): Promise<AnalyzeView>;
  cleanupOrphans(input: CleanupInput, call: CallContext): Promise<CleanupView>;
}
