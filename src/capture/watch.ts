import type { CaptureReading } from '../domain/capture-plan.ts';
import { LONGEST_WAIT_MS, type Timing } from '../domain/next-action.ts';
import { pollPlan } from '../domain/poll-plan.ts';
import type { Task } from '../domain/task.ts';
import type { Clock } from '../ports.ts';

/** Says, after a look at a task's session, in how many milliseconds to look again. */
export type Watch = (task: Task, status: CaptureReading['status']) => number;

/** Watches the sessions of this process; the more of them there are, the longer each waits. */
export function createWatch({ clock, timing }: { clock: Clock; timing: Pick<Timing, 'pollMs'> }): Watch {
  const lastLooks = new Map<string, number>();
  return (task, status) => {
    const now = clock.now();
    const fleet = countLook(lastLooks, task.id, now);
    if (status === 'Stopped' || status === 'Error') {
      lastLooks.delete(task.id);
    }
    const durationMs = task.plan.durationSeconds * 1000;
    // A session that was told to stop may end at any moment.
    const elapsedMs = task.state === 'stopping' ? durationMs : now - task.since;
    return pollPlan({ name: task.id, status, elapsedMs, durationMs, fleet, pollMs: timing.pollMs });
  };
}

/** Notes a look and gives how many sessions were looked at lately; the map stays in the order of the looks. */
function countLook(lastLooks: Map<string, number>, id: string, now: number): number {
  lastLooks.delete(id);
  lastLooks.set(id, now);
  for (const [other, at] of lastLooks) {
    if (Math.abs(now - at) <= LONGEST_WAIT_MS) {
      break;
    }
    lastLooks.delete(other);
  }
  return lastLooks.size;
}
