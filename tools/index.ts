import type { UseCases } from '../src/capture/use-cases.ts';
import { createAnalyzePcap } from './analyze-pcap.ts';
import { createCheckTask } from './check-task.ts';
import { createCleanupOrphans } from './cleanup-orphans.ts';
import { createListTasks } from './list-tasks.ts';
import { createStartCapture } from './start-capture.ts';
import { createStopCapture } from './stop-capture.ts';
import type { AnyTool } from './tool.ts';

/** Every tool, in the order in which agents use and clients list them. */
export function createTools(useCases: UseCases): AnyTool[] {
  return [
    createStartCapture(useCases),
    createCheckTask(useCases),
    createStopCapture(useCases),
    createListTasks(useCases),
    createAnalyzePcap(useCases),
    createCleanupOrphans(useCases),
  ];
}
