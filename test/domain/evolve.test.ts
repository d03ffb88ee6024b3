import { describe, expect, it } from 'vitest';
import type { CaptureFile, CaptureReading } from '../../src/domain/capture-plan.ts';
import { evolve } from '../../src/domain/evolve.ts';
import { nextAction } from '../../src/domain/next-action.ts';
import { holdsVm, isTerminal, statusOf, Task, type TaskEvent } from '../../src/domain/task.ts';
import { TIMING } from '../fakes/orchestrator.ts';
import { sampleTask } from '../fakes/task.ts';

const requested = sampleTask();
const { plan } = requested;
const file: CaptureFile = {
  path: '/f.cap',
  bytes: 1,
  sha256: 'x',
  blobUrl: 'https://acct/c/t.cap',
  instanceId: null,
};
const failure = { code: 'AZURE_BUSY', message: 'm', next: 'n' } as const;
const analysis = { reportPath: '/r', analysisPath: '/a', scriptPath: '/s' };
const reading = (status: CaptureReading['status'], errors: string[] = []): CaptureReading => ({
  provisioningState: 'Succeeded',
  status,
  stopReason: null,
  errors,
  storagePath: plan.storagePath,
});
const observed = (status: CaptureReading['status'], errors: string[] = []): TaskEvent => ({
  type: 'observed',
  reading: reading(status, errors),
  pollMs: 5000,
});

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
  { type: 'downloaded', file },
  { type: 'broke', as: 'failed', failure },
  { type: 'broke', as: 'timed_out', failure },
  { type: 'hindered', failure, retryAt: 9 },
  { type: 'deletion_seen' },
  { type: 'analyzed', analysis },
  { type: 'analysis_failed', failure },
];

/** All tasks that any order of events can lead to, each with the states on its way; times are left out. */
function reachable(): Map<string, { task: Task; trails: Set<string> }> {
  const found = new Map<string, { task: Task; trails: Set<string> }>([
    [shape(requested), { task: requested, trails: new Set(['requested']) }],
  ]);
  const queue: Task[] = [requested];
  for (let task = queue.pop(); task !== undefined; task = queue.pop()) {
    const { trails } = found.get(shape(task)) ?? { trails: new Set<string>() };
    for (const event of EVENTS) {
      const next = evolve(task, event, 1);
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
  const { updatedAt: _u, since: _s, nextAt: _n, failures: _f, lastFailure: _l, ...rest } = task;
  return JSON.stringify(rest);
}

describe('the life of a task', () => {
  const all = [...reachable().values()];

  it('reaches every state and stores nothing that its schema would refuse', () => {
    expect(new Set(all.map(({ task }) => task.state))).toEqual(
      new Set([
        'requested',
        'provisioning',
        'capturing',
        'stopping',
        'downloading',
        'cleaning',
        'analyzing',
        'completed',
        'failed',
        'cancelled',
        'timed_out',
      ]),
    );
    all.forEach(({ task }) => expect(Task.parse(task)).toEqual(task));
  });

  it('never leaves a terminal state', () => {
    const ended = all.filter(({ task }) => isTerminal(task));

    expect(ended.length).toBeGreaterThan(3);
    ended.forEach(({ task }) => EVENTS.forEach((event) => expect(evolve(task, event, 5)).toBe(task)));
  });

  it('passes cleaning on every way that began to create something', () => {
    for (const { task, trails } of all.filter(({ task: { state } }) => state !== 'cleaning')) {
      const released = !holdsVm(task);
      for (const trail of released ? trails : []) {
        expect(trail.includes('provisioning') ? trail : 'cleaning').toContain('cleaning');
      }
    }
  });

  it('holds its VM until cleaning has seen the capture gone', () => {
    const cleaning = all.filter(({ task }) => task.state === 'cleaning');

    expect(cleaning.length).toBeGreaterThan(3);
    for (const { task } of cleaning) {
      EVENTS.filter((event) => event.type !== 'deletion_seen').forEach((event) =>
        expect(evolve(task, event, 5).state).toBe('cleaning'),
      );
      expect(holdsVm(evolve(task, { type: 'deletion_seen' }, 5))).toBe(false);
    }
  });

  it('always has a next step until it ends, and none after', () => {
    for (const { task } of all) {
      const action = nextAction({ ...task, nextAt: 0, since: 0 }, null, 1, TIMING);
      expect(action.do === 'rest').toBe(isTerminal(task));
      expect(statusOf(task) === 'task_pending').toBe(!isTerminal(task));
    }
  });
});

describe('deadlines and wishes', () => {
  const capturing = evolve(evolve(requested, { type: 'create_intended' }, 0), { type: 'created' }, 0);
  const seen = (at: number): Task => evolve(capturing, observed('Running'), at);

  it('stops a session that is seen running past its limit', () => {
    const late = 60_000 + TIMING.overdueMs + 1;

    expect(nextAction(seen(late - 1), null, late + 5000, TIMING)).toEqual({ do: 'observe' });
    expect(nextAction(seen(late), null, late, TIMING)).toEqual({
      do: 'record',
      event: { type: 'overdue' },
    });
  });

  it('looks once more before a deadline that passed while nobody looked ends anything', () => {
    const hours = 36_000_000;
    const stopping = evolve(capturing, { type: 'overdue' }, 1);
    const downloading = evolve(capturing, observed('Stopped'), 1);
    const provisioning = evolve(requested, { type: 'create_intended' }, 0);

    expect(nextAction(capturing, null, hours, TIMING)).toEqual({ do: 'observe' });
    expect(nextAction(stopping, null, hours, TIMING)).toEqual({ do: 'stop' });
    expect(
      nextAction(evolve(stopping, { type: 'stop_sent', pollMs: 1 }, hours), null, hours, TIMING),
    ).toEqual({ do: 'observe' });
    expect(nextAction(downloading, null, hours, TIMING)).toMatchObject({ do: 'download' });
    expect(nextAction(provisioning, null, hours, TIMING)).toEqual({ do: 'observe' });
    expect(evolve(provisioning, observed('Running'), hours).state).toBe('capturing');
    expect(evolve(provisioning, observed('Stopped'), hours).state).toBe('downloading');
  });

  it('never waits for a time that only a clock set back has made far', () => {
    const waiting = { ...capturing, nextAt: 3_600_000 };

    expect(nextAction(waiting, null, 0, TIMING)).toEqual({ do: 'observe' });
    expect(nextAction(waiting, null, 3_590_000, TIMING)).toEqual({ do: 'wait', until: 3_600_000 });
  });

  it('turns a cancel into a stop, and the stopped session into a cleaned-up cancelled task', () => {
    const stopping = evolve(capturing, { type: 'cancel_requested' }, 1);
    const cleaning = evolve(evolve(stopping, { type: 'stop_sent', pollMs: 1 }, 2), observed('Stopped'), 3);

    expect(nextAction(stopping, 'discard', 1, TIMING)).toEqual({ do: 'stop' });
    expect(evolve(cleaning, { type: 'deletion_seen' }, 4).state).toBe('cancelled');
  });

  it('does not let a deadline run while credentials are missing, and starts it anew when they are back', () => {
    const credentials = { ...failure, code: 'CREDENTIALS' as const };
    const downloading = evolve(capturing, observed('Stopped'), 1);
    const late = TIMING.blobMs + 100;
    const parked = evolve(downloading, { type: 'hindered', failure: credentials, retryAt: late }, late);
    const back = evolve(parked, { type: 'hindered', failure, retryAt: late + 5 }, late + 5);

    expect(nextAction(parked, null, late, TIMING)).toMatchObject({ do: 'download' });
    expect(nextAction(back, null, late + 5, TIMING)).toMatchObject({ do: 'download' });
    expect(
      nextAction(evolve(downloading, { type: 'hindered', failure, retryAt: late }, late), null, late, TIMING),
    ).toMatchObject({ do: 'record', event: { type: 'broke' } });
  });

  it('turns a stop into a stopped session whose capture goes its way', () => {
    const stopping = evolve(capturing, { type: 'stop_requested' }, 1);
    const after = evolve(evolve(stopping, { type: 'stop_sent', pollMs: 1 }, 2), observed('Stopped'), 3);

    expect(nextAction(capturing, 'stop', 1, TIMING)).toEqual({
      do: 'record',
      event: { type: 'stop_requested' },
    });
    expect(nextAction(stopping, 'stop', 1, TIMING)).toEqual({ do: 'stop' });
    expect(after.state).toBe('downloading');
    expect(evolve(stopping, { type: 'cancel_requested' }, 2)).toMatchObject({ why: 'cancelled' });
  });

  it('gives a time-out the reason for the waiting where one is known', () => {
    const hindered = evolve(
      evolve(requested, { type: 'create_intended' }, 0),
      { type: 'hindered', failure, retryAt: 5 },
      TIMING.provisioningMs + 1,
    );

    expect(nextAction(hindered, null, TIMING.provisioningMs + 1, TIMING)).toEqual({
      do: 'record',
      event: { type: 'broke', as: 'timed_out', failure },
    });
  });

  it('tells the cause of a session that could not write its file', () => {
    const cleaning = evolve(capturing, observed('Stopped', ['StorageFailed']), 1);

    expect(evolve(cleaning, { type: 'deletion_seen' }, 2)).toMatchObject({
      state: 'failed',
      failure: { code: 'CAPTURE_FAILED', message: expect.stringContaining('storage account') },
    });
  });

  it('keeps an analysis that ended while cleaning was hindered', () => {
    const downloading = evolve(capturing, observed('Stopped'), 1);
    const cleaning = evolve(downloading, { type: 'downloaded', file }, 2);
    const analysed = evolve(cleaning, { type: 'analyzed', analysis }, 3);

    expect(analysed.state).toBe('cleaning');
    expect(evolve(analysed, { type: 'deletion_seen' }, 4)).toMatchObject({
      state: 'completed',
      analysis,
      file,
    });
  });
});
