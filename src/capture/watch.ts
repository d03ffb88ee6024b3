import type { CaptureReading } from '../domain/capture-plan.ts';
import { LONGEST_WAIT_MS, type Timing } from '../domain/next-action.ts';
import { mustAskStatus, pollPlan } from '../domain/poll-plan.ts';
import type { Task } from '../domain/task.ts';
import type { Clock, Look } from '../ports.ts';

/** Paces the looks of this process at its sessions; the more of them there are, the longer each waits. */
export interface Watch {
  /** What the look that is due must find out. */
  look(task: Task): Look;
  /** In how many milliseconds to look again, after this reading. */
  pause(task: Task, reading: CaptureReading): number;
}

/** Remembers only when it looked last and how: a process that takes a task over asks for everything at first. */
export function createWatch({ clock, timing }: { clock: Clock; timing: Pick<Timing, 'pollMs'> }): Watch {
  const looks = new Map<string, { at: number; asked: boolean }>();
  return {
    look: (task) => {
      const asked = task.failures === 0 && looks.get(task.id)?.asked === true;
      const asks = mustAskStatus({ status: task.captureStatus, asked, ...agesOf(task, clock.now()) });
      note(looks, task.id, { at: clock.now(), asked: asks });
      return asks ? 'whole' : 'existence';
    },
    pause: (task, { status, retryAfterMs = 0 }) => {
      const fleet = Math.max(looks.size, 1);
      if (status === 'Stopped' || status === 'Error') {
        looks.delete(task.id);
      }
      const ages = agesOf(task, clock.now());
      const planned = pollPlan({ name: task.id, status, ...ages, fleet, pollMs: timing.pollMs });
      return Math.max(planned, retryAfterMs);
    },
  };
}

/** A session that was told to stop may end at any moment. */
function agesOf(task: Task, now: number): { elapsedMs: number; durationMs: number } {
  const durationMs = task.plan.durationSeconds * 1000;
  return { durationMs, elapsedMs: task.state === 'capturing' ? now - task.since : durationMs };
}

/** Keeps the map in the order of the looks, so that sessions nobody looks at any more stand in front. */
function note(
  looks: Map<string, { at: number; asked: boolean }>,
  id: string,
  look: { at: number; asked: boolean },
): void {
  looks.delete(id);
  looks.set(id, look);
  for (const [other, { at }] of looks) {
    if (Math.abs(look.at - at) <= LONGEST_WAIT_MS) {
      break;
    }
    looks.delete(other);
  }
}
