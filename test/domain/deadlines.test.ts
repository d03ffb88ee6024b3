import { describe, expect, it } from 'vitest';
import { evolve } from '../../src/domain/evolve.ts';
import { isNews } from '../../src/domain/news.ts';
import { LONGEST_WAIT_MS, nextAction } from '../../src/domain/next-action.ts';
import type { Task, TaskEvent } from '../../src/domain/task.ts';
import { analysis, failure, file, observed } from '../fakes/events.ts';
import { TIMING } from '../fakes/orchestrator.ts';
import { sampleTask } from '../fakes/task.ts';

const requested = sampleTask();
const { plan } = requested;
const fails = (task: Task, at: number): Task => evolve(task, { type: 'hindered', failure, retryAt: at }, at);

describe('deadlines and wishes', () => {
  const capturing = evolve(evolve(requested, { type: 'create_intended' }, 0), { type: 'created' }, 0);
  const seen = (at: number): Task => evolve(capturing, observed('Running'), at);

  it('stops a session that is seen running past its limit', () => {
    const late = 60_000 + TIMING.overdueMs + 1;

    expect(nextAction(seen(late - 1), null, late + 5000, TIMING, 1)).toEqual({ do: 'observe' });
    expect(nextAction(seen(late), null, late, TIMING, 1)).toEqual({
      do: 'record',
      event: { type: 'overdue' },
    });
  });

  it('looks once more before a deadline that passed while nobody looked ends anything', () => {
    const hours = 36_000_000;
    const stopping = evolve(capturing, { type: 'overdue' }, 1);
    const downloading = evolve(capturing, observed('Stopped'), 1);
    const provisioning = evolve(requested, { type: 'create_intended' }, 0);

    expect(nextAction(capturing, null, hours, TIMING, 1)).toEqual({ do: 'observe' });
    expect(nextAction(stopping, null, hours, TIMING, 1)).toEqual({ do: 'stop' });
    expect(
      nextAction(evolve(stopping, { type: 'stop_sent', pollMs: 1 }, hours), null, hours, TIMING, 1),
    ).toEqual({ do: 'observe' });
    expect(nextAction(downloading, null, hours, TIMING, 1)).toMatchObject({ do: 'download' });
    expect(nextAction(provisioning, null, hours, TIMING, 1)).toEqual({ do: 'observe' });
    expect(evolve(provisioning, observed('Running'), hours).state).toBe('capturing');
    expect(evolve(provisioning, observed('Stopped'), hours).state).toBe('downloading');
  });

  it('never waits for a time that only a clock set back has made far', () => {
    const waiting = { ...capturing, nextAt: 3_600_000 };

    expect(nextAction(waiting, null, 0, TIMING, 1)).toEqual({ do: 'observe' });
    expect(nextAction(waiting, null, 3_590_000, TIMING, 1)).toEqual({ do: 'wait', until: 3_600_000 });
  });

  it('turns a cancel into a stop, and the stopped session into a cleaned-up cancelled task', () => {
    const stopping = evolve(capturing, { type: 'cancel_requested' }, 1);
    const cleaning = evolve(evolve(stopping, { type: 'stop_sent', pollMs: 1 }, 2), observed('Stopped'), 3);

    expect(nextAction(stopping, 'discard', 1, TIMING, 1)).toEqual({ do: 'stop' });
    expect(evolve(cleaning, { type: 'deletion_seen' }, 4).state).toBe('cancelled');
  });

  it('does not let a deadline run while credentials are missing, and starts it anew when they are back', () => {
    const credentials = { ...failure, code: 'CREDENTIALS' as const };
    const parked = (task: Task, at: number): Task =>
      evolve(task, { type: 'hindered', failure: credentials, retryAt: at }, at);
    const day = 86_400_000;
    const provisioning = evolve(requested, { type: 'create_intended' }, 0);
    const downloading = evolve(capturing, observed('Stopped'), 1);
    const back = evolve(parked(downloading, day), { type: 'hindered', failure, retryAt: day + 5 }, day + 5);

    expect(nextAction(parked(provisioning, day), null, day, TIMING, 1)).toEqual({ do: 'ensure' });
    expect(nextAction(parked(downloading, day), null, day, TIMING, 1)).toMatchObject({ do: 'download' });
    expect(back).toMatchObject({ since: day + 5, lookedAt: day + 5 });
  });

  it('ends a wait by what Azure answers after the deadline, and not by calls that fail', () => {
    const downloading = evolve(capturing, observed('Stopped'), 1);
    const late = TIMING.blobMs + 100;
    const absent: TaskEvent = { type: 'awaited', failure, listing: null, retryAt: late };
    const stopping = evolve(evolve(capturing, { type: 'overdue' }, 1), { type: 'stop_sent', pollMs: 1 }, 2);

    expect(nextAction(fails(downloading, late), null, late, TIMING, 1)).toMatchObject({ do: 'download' });
    expect(nextAction(fails(stopping, late), null, late, TIMING, 1)).toEqual({ do: 'observe' });
    expect(nextAction(fails(capturing, late), null, late, TIMING, 1)).toEqual({ do: 'observe' });
    expect(nextAction(evolve(downloading, absent, late), null, late, TIMING, 1)).toMatchObject({
      do: 'record',
      event: { type: 'broke', as: 'timed_out' },
    });
    expect(nextAction(evolve(stopping, observed('Running'), late), null, late, TIMING, 1)).toMatchObject({
      do: 'record',
      event: { type: 'broke', as: 'timed_out' },
    });
  });

  it('gives up a download that fails for hours, and keeps what it has', () => {
    let task = evolve(evolve(capturing, observed('Stopped'), 1), { type: 'file_downloaded', file }, 2);
    task = { ...task, plan: { ...plan, ring: { fileCount: 2, fileBytes: 1 } } };
    let tries = 0;
    while (nextAction(task, null, 5, TIMING, 1).do === 'download' && tries < 1000) {
      tries += 1;
      task = evolve(task, { type: 'hindered', failure, retryAt: 5 }, 5);
    }
    const ended = evolve(
      evolve(task, { type: 'broke', as: 'timed_out', failure }, 6),
      { type: 'deletion_seen' },
      7,
    );

    expect(tries).toBe(48);
    expect(ended).toMatchObject({ state: 'timed_out', failure, files: [file] });
  });

  it('looks between two stops that fail, so that a session that ended by itself is seen', () => {
    const stopping = evolve(capturing, { type: 'stop_requested' }, 1);
    const refused = evolve(stopping, { type: 'hindered', failure, retryAt: 2 }, 2);
    const seen = evolve(refused, observed('Running'), 3);

    expect(nextAction(stopping, null, 2, TIMING, 1)).toEqual({ do: 'stop' });
    expect(nextAction(refused, null, 2, TIMING, 1)).toEqual({ do: 'observe' });
    expect(nextAction(seen, null, 10_000, TIMING, 1)).toEqual({ do: 'stop' });
    expect(evolve(refused, observed('Stopped'), 3).state).toBe('downloading');
  });

  it('reckons with the requests of a process that held the task before', () => {
    const provisioning = evolve(requested, { type: 'create_intended' }, 0);
    const action = nextAction(provisioning, 'discard', 700, TIMING, 2);
    const taken = evolve(provisioning, { type: 'taken_over', fence: 2, unclearUntil: 60_700 }, 700);

    expect(action).toEqual({
      do: 'record',
      event: { type: 'taken_over', fence: 2, unclearUntil: 700 + TIMING.lateMs },
    });
    expect(nextAction(taken, null, 700, TIMING, 2)).toEqual({ do: 'ensure' });
    expect(nextAction(taken, 'discard', 700, TIMING, 2)).toMatchObject({
      event: { type: 'cancel_requested' },
    });
    expect(evolve(taken, { type: 'created' }, 800)).toMatchObject({ unclearUntil: 60_700 });
  });

  it('is not held up for long by a wait that only a clock set back has made long', () => {
    const cleaning = evolve(
      evolve(requested, { type: 'create_intended' }, 0),
      { type: 'cancel_requested' },
      1,
    );
    const unclear = { ...cleaning, unclearUntil: 36_000_000 };

    const once = evolve(unclear, { type: 'deletion_seen' }, 5);

    expect(once.state).toBe('cleaning');
    expect(evolve(once, { type: 'deletion_seen' }, 5 + LONGEST_WAIT_MS).state).toBe('cancelled');
  });

  it('turns a stop into a stopped session whose capture goes its way', () => {
    const stopping = evolve(capturing, { type: 'stop_requested' }, 1);
    const after = evolve(evolve(stopping, { type: 'stop_sent', pollMs: 1 }, 2), observed('Stopped'), 3);

    expect(nextAction(capturing, 'stop', 1, TIMING, 1)).toEqual({
      do: 'record',
      event: { type: 'stop_requested' },
    });
    expect(nextAction(stopping, 'stop', 1, TIMING, 1)).toEqual({ do: 'stop' });
    expect(after.state).toBe('downloading');
    expect(evolve(stopping, { type: 'cancel_requested' }, 2)).toMatchObject({ why: 'cancelled' });
  });

  it('gives a time-out the reason for the waiting where one is known', () => {
    const task = { ...evolve(capturing, { type: 'overdue' }, 1), lookedAt: TIMING.stoppingMs + 2 };

    expect(nextAction({ ...task, lastFailure: failure }, null, task.lookedAt, TIMING, 1)).toEqual({
      do: 'record',
      event: { type: 'broke', as: 'timed_out', failure },
    });
    expect(nextAction(task, null, task.lookedAt, TIMING, 1)).toMatchObject({
      event: { failure: { code: 'CAPTURE_TIMED_OUT' } },
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
    const here = evolve(downloading, { type: 'file_downloaded', file }, 2);
    const cleaning = evolve(here, { type: 'downloaded', missing: [] }, 2);
    const analysed = evolve(cleaning, { type: 'analyzed', analysis }, 3);

    expect(nextAction(here, null, 2, TIMING, 1)).toMatchObject({ event: { type: 'downloaded' } });
    expect(analysed.state).toBe('cleaning');
    expect(evolve(analysed, { type: 'deletion_seen' }, 4)).toMatchObject({
      state: 'completed',
      analysis,
      files: [file],
    });
  });
});

const awaited = (listing: string | null): TaskEvent => ({
  type: 'awaited',
  failure: { ...failure, code: 'BLOB_MISSING' },
  listing,
  retryAt: 9,
});

describe('the journal', () => {
  const downloading = evolve({ ...requested, state: 'capturing' }, observed('Stopped'), 1);
  it('takes a wait for files once, and again where more of them have come', () => {
    const first = evolve(downloading, awaited(null), 2);
    const more = evolve(first, awaited('1 files'), 3);

    expect(isNews(downloading, first, awaited(null))).toBe(true);
    expect(isNews(first, evolve(first, awaited(null), 3), awaited(null))).toBe(false);
    expect(isNews(first, more, awaited('1 files'))).toBe(true);
  });

  it('takes no look that shows what is known', () => {
    const running = evolve({ ...requested, state: 'capturing' }, observed('Running'), 1);

    expect(isNews(running, evolve(running, observed('Running'), 2), observed('Running'))).toBe(false);
    expect(isNews(running, evolve(running, observed('Unknown'), 2), observed('Unknown'))).toBe(true);
  });
});
