import type { Clock, TaskStore } from '../ports.ts';
import type { Driver } from './driver.ts';

export type CancelTask = (id: string) => Promise<void>;

/** Asks a task to stop its capture, drop it and clean up; who drives the task sees the wish before its next step. */
export function createCancelTask(deps: { store: TaskStore; driver: Driver; clock: Clock }): CancelTask {
  return async (id) => {
    await deps.store.requestCancel(id, deps.clock.now());
    deps.driver.nudge(id, { analyze: false });
  };
}
