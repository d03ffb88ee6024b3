import { describe, expect, it } from 'vitest';
import type { CaptureFile } from '../../src/domain/capture-plan.ts';
import { evolve } from '../../src/domain/evolve.ts';
import { nextAction } from '../../src/domain/next-action.ts';
import {
  filesOf,
  holdsVm,
  isTerminal,
  statusOf,
  Task,
  TASK_STATES,
  type TaskEvent,
} from '../../src/domain/task.ts';
import { analysis, failure, file, observed } from '../fakes/events.ts';
import { TIMING } from '../fakes/orchestrator.ts';
import { sampleTask } from '../fakes/task.ts';

const requested = sampleTask();
const { plan } = requested;
const second: CaptureFile = { ...file, path: '/f.2.cap', blobUrl: 'https://acct/c/t_2.cap', instanceId: '2' };
const instances = [
  { id: '2', name: 'vmss_2' },
  { id: '3', name: 'vmss_3' },
];

/** One task of each kind: how it may end differs with what its session leaves, and with what becomes of the blobs. */
const BEGINNINGS: Task[] = [
  requested,
  sampleTask({ deleteBlobs: true }),
  sampleTask({ deleteBlobs: true, plan: { ...plan, targetType: 'AzureVMSS', instances } }),
  sampleTask({ plan: { ...plan, ring: { fileCount: 2, fileBytes: 1_000_000 } } }),
];
/** Every event that there is, with every reading that changes the way. */
const EVENTS: TaskEvent[] = [
  { type: 'accepted' },
  { type: 'create_intended' },
  { type: 'created' },
  observed('Running'),
  observed('NotStarted'),
  observed('Unknown'),
  observed('Stopped'),
  observed('Error'),
  observed('Stopped', ['StorageFailed']),
  { type: 'overdue' },
  { type: 'stop_requested' },
  { type: 'cancel_requested' },
  { type: 'stop_sent', pollMs: 5000 },
  { type: 'taken_over', fence: 2, unclearUntil: 60_001 },
  { type: 'awaited', failure, listing: '1 files', retryAt: 9 },
  { type: 'file_downloaded', file },
  { type: 'file_downloaded', file: second },
  { type: 'downloaded', missing: [] },
  { type: 'downloaded', missing: [{ id: '3', name: 'vmss_3' }] },
  { type: 'broke', as: 'failed', failure },
  { type: 'broke', as: 'timed_out', failure },
  { type: 'hindered', failure, retryAt: 9 },
  { type: 'hindered', failure, retryAt: 9, unclearUntil: 60_001 },
  { type: 'deletion_seen' },
  { type: 'blobs_gone', left: 0 },
  { type: 'blobs_gone', left: 1 },
  { type: 'analyzed', analysis },
  { type: 'analysis_failed', failure },
];

/** Long after any request without an answer can still arrive. */
const LATER = 200_000;

/** Every event at once, and what time changes once more later. */
const STEPS: [TaskEvent, number][] = [
  ...EVENTS.map((event): [TaskEvent, number] => [event, 1]),
  [{ type: 'deletion_seen' }, LATER],
];

/** All tasks that any order of events can lead to, each with the states on its way; times are left out. */
function reachable(): Map<string, { task: Task; trails: Set<string> }> {
  const found = new Map(
    BEGINNINGS.map((task) => [shape(task), { task, trails: new Set<string>(['requested']) }]),
  );
  const queue: Task[] = [...BEGINNINGS];
  for (let task = queue.pop(); task !== undefined; task = queue.pop()) {
    const { trails } = found.get(shape(task)) ?? { trails: new Set<string>() };
    for (const [event, now] of STEPS) {
      const next = evolve(task, event, now);
      const key = shape(next);
      const known = found.get(key) ?? { task: next, trails: new Set<string>() };
      const before = known.trails.size;
      for (const trail of trails) {
        known.trails.add(trail.endsWith(next.state) ? trail : `${trail} ${next.state}`);
      }
      found.set(key, known);
      if (known.trails.size > before) {
        queue.push(next);
      }
    }
  }
  return found;
}

function shape(task: Task): string {
  const { updatedAt: _u, since: _s, lookedAt: _k, nextAt: _n, failures: _f, lastFailure: _l, ...rest } = task;
  const gone = 'goneAt' in rest ? { goneAt: rest.goneAt === null } : {};
  return JSON.stringify({ ...rest, unclearUntil: rest.unclearUntil === null, ...gone });
}

describe('the life of a task', () => {
  const all = [...reachable().values()];
  const cleaning = all.flatMap(({ task }) => (task.state === 'cleaning' ? [task] : []));

  it('reaches every state and stores nothing that its schema would refuse', () => {
    expect(new Set(all.map(({ task }) => task.state))).toEqual(new Set(TASK_STATES));
    all.forEach(({ task }) => expect(Task.parse(task)).toEqual(task));
  });

  it('never leaves a terminal state', () => {
    const ended = all.filter(({ task }) => isTerminal(task));

    expect(ended.length).toBeGreaterThan(3);
    ended.forEach(({ task }) => EVENTS.forEach((event) => expect(evolve(task, event, 5)).toBe(task)));
  });

  it('passes cleaning on every way that began to create something', () => {
    const released = all.filter(({ task }) => !holdsVm(task));
    const trails = released
      .flatMap((one) => [...one.trails])
      .filter((trail) => trail.includes('provisioning'));

    expect(trails.length).toBeGreaterThan(10);
    trails.forEach((trail) => expect(trail).toContain('cleaning'));
  });

  it('holds its VM until cleaning has seen the capture gone', () => {
    const before = cleaning.filter(({ goneAt }) => goneAt === null);

    expect(before.length).toBeGreaterThan(3);
    for (const task of before) {
      EVENTS.filter((event) => event.type !== 'deletion_seen').forEach((event) => {
        const next = evolve(task, event, 5);
        expect([next.state, holdsVm(next)]).toEqual(['cleaning', true]);
      });
      expect(holdsVm(evolve(task, { type: 'deletion_seen' }, LATER))).toBe(false);
    }
  });

  it('does not free the VM while a create request without an answer may still arrive', () => {
    const unclear = cleaning.filter(({ goneAt, unclearUntil }) => goneAt === null && unclearUntil !== null);

    expect(unclear.length).toBeGreaterThan(3);
    for (const task of unclear) {
      const early = evolve(task, { type: 'deletion_seen' }, 60_000);
      expect([early.state, holdsVm(early), early.nextAt]).toEqual(['cleaning', true, 60_001]);
      expect(nextAction(early, null, 60_000, TIMING, 1)).toEqual({ do: 'wait', until: 60_001 });
      expect(nextAction(early, null, 60_001, TIMING, 1)).toEqual({ do: 'delete' });
      expect(holdsVm(evolve(early, { type: 'deletion_seen' }, 60_001))).toBe(false);
    }
  });

  it('ends a task whose blobs go with it only when they are gone, and touches those of no other', () => {
    const [owing, done] = [
      cleaning.filter(({ goneAt }) => goneAt !== null),
      all.filter(({ task }) => isTerminal(task) || task.state === 'analyzing'),
    ];

    expect(owing.length).toBeGreaterThan(3);
    for (const task of owing) {
      expect(task.deleteBlobs).toBe(true);
      expect(['captured', 'cancelled']).toContain(task.outcome.kind);
      expect(nextAction(task, null, LATER, TIMING, 1)).toEqual({ do: 'delete_blobs' });
      EVENTS.filter((event) => event.type !== 'blobs_gone').forEach((event) =>
        expect(evolve(task, event, LATER).state).toBe('cleaning'),
      );
      expect(evolve(task, { type: 'blobs_gone', left: 0 }, LATER).state).not.toBe('cleaning');
    }
    expect(done.some(({ task }) => task.deleteBlobs && task.state === 'failed')).toBe(true);
  });

  it('loses no file on any way once it is here', () => {
    for (const { task } of all.filter(({ task: one }) => filesOf(one).length > 0)) {
      EVENTS.forEach((event) =>
        expect(filesOf(evolve(task, event, LATER)).length).toBeGreaterThanOrEqual(filesOf(task).length),
      );
    }
  });

  it('always has a next step until it ends, and none after', () => {
    for (const { task } of all) {
      const fence = task.state === 'provisioning' ? task.fence : 1;
      const action = nextAction({ ...task, nextAt: 0, since: 0 }, null, 1, TIMING, fence);
      expect(action.do === 'rest').toBe(isTerminal(task));
      expect(statusOf(task) === 'task_pending').toBe(!isTerminal(task));
    }
  });
});
