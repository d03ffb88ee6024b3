import type { Task, TaskEvent } from './task.ts';

/** Whether an event is worth a line in the journal: a look that shows nothing new only updates the task. */
export function isNews(before: Task, after: Task, event: TaskEvent): boolean {
  switch (event.type) {
    case 'observed':
      return before.state !== after.state || before.captureStatus !== after.captureStatus;
    case 'awaited':
      return before.lastFailure?.code !== event.failure.code || listingOf(before) !== listingOf(after);
    default:
      return true;
  }
}

function listingOf(task: Task): string | null {
  return task.state === 'downloading' ? task.listing : null;
}
