import type { Timing } from '../domain/next-action.ts';
import { filesOf, type Task } from '../domain/task.ts';

/** From the end of a session to the report, in seconds, as it usually goes. */
const AFTER_SESSION_SECONDS = 45;
/** A session that somebody is to end is worth a look now and then, however long it may run. */
const RING_CHECK_SECONDS = 300;

/**
 * Share of the whole task, from what each part usually takes beside the session itself. `analyzed` is the share of
 * the analysis that is done: that of many machines takes longer than all the rest.
 */
export function progressOf(task: Task, now: number, analyzed = 0): number {
  switch (task.state) {
    case 'requested':
      return 0;
    case 'provisioning':
      return 0.05;
    case 'capturing':
      return 0.1 + 0.5 * Math.min(1, runningSeconds(task, now) / task.plan.durationSeconds);
    case 'stopping':
      return 0.6;
    case 'downloading':
      return 0.65 + 0.1 * Math.min(1, filesOf(task).length / expectedFiles(task));
    case 'cleaning':
      return 0.75;
    case 'analyzing':
      return 0.8 + 0.19 * analyzed;
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return 1;
  }
}

/** Seconds until the report; null where nobody can know: of a ring, and once the capture is here. */
export function etaSeconds(task: Task, now: number): number | null {
  switch (task.state) {
    case 'requested':
    case 'provisioning':
      return task.plan.ring === null ? task.plan.durationSeconds + AFTER_SESSION_SECONDS : null;
    case 'capturing':
      return task.plan.ring === null
        ? Math.max(0, Math.ceil(secondsLeft(task, now))) + AFTER_SESSION_SECONDS
        : null;
    case 'stopping':
    case 'downloading':
      return AFTER_SESSION_SECONDS;
    case 'cleaning':
    case 'analyzing':
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return null;
  }
}

/** Seconds until another look is worth its call; null once the task is over. */
export function nextCheckSeconds(task: Task, now: number, timing: Timing): number | null {
  switch (task.state) {
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return null;
    case 'capturing': {
      const left = Math.max(1, Math.ceil(secondsLeft(task, now)));
      return task.plan.ring === null ? left : Math.min(left, RING_CHECK_SECONDS);
    }
    case 'requested':
    case 'provisioning':
    case 'stopping':
    case 'downloading':
    case 'cleaning':
    case 'analyzing':
      return Math.max(1, Math.ceil(timing.pollMs / 1000));
  }
}

function expectedFiles({ plan }: Task): number {
  return (plan.ring?.fileCount ?? 1) * Math.max(1, plan.instances.length);
}

/** Never negative: the clock may have been set back since the session began. */
function runningSeconds(task: Task, now: number): number {
  return Math.max(0, now - task.since) / 1000;
}

function secondsLeft(task: Task, now: number): number {
  return task.plan.durationSeconds - runningSeconds(task, now);
}
