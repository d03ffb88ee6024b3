import { describe, expect, it } from 'vitest';
import { createWatch } from '../../src/capture/watch.ts';
import type { CaptureReading } from '../../src/domain/capture-plan.ts';
import { noticeMs } from '../../src/domain/poll-plan.ts';
import type { Task } from '../../src/domain/task.ts';
import { sampleTask } from '../fakes/task.ts';

const POLL_MS = 5000;
const HOUR_MS = 3_600_000;

const reading = (change: Partial<CaptureReading> = {}): CaptureReading => ({
  provisioningState: 'Succeeded',
  status: 'Running',
  stopReason: null,
  errors: [],
  storagePath: null,
  ...change,
});

/** A session of an hour that began at zero and was seen to run. */
function session(change: Partial<Task> = {}): Task {
  const { plan } = sampleTask();
  return sampleTask({
    state: 'capturing',
    captureStatus: 'Running',
    plan: { ...plan, durationSeconds: HOUR_MS / 1000 },
    ...change,
  });
}

function watchAt(start = 0) {
  const time = { now: start };
  const clock = { now: () => time.now, sleep: async () => undefined };
  return { time, watch: createWatch({ clock, timing: { pollMs: POLL_MS } }) };
}

describe('a watched session', () => {
  it('is asked how it fares often enough to notice a break in time, and not at every look', () => {
    const { time, watch } = watchAt();
    const task = session();
    const asked: number[] = [];
    let looks = 0;
    for (; time.now < HOUR_MS; looks += 1) {
      if (watch.look(task) === 'whole') {
        asked.push(time.now);
      }
      time.now += watch.pause(task, reading());
    }

    const gaps = asked.slice(1).map((at, n) => at - (asked[n] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(
      noticeMs({ durationMs: HOUR_MS, fleet: 1, pollMs: POLL_MS }),
    );
    expect(asked.length).toBeLessThan(looks * 0.6);
  });

  it('is asked by a process that took it over, whatever the one before knew', () => {
    expect(watchAt(HOUR_MS / 2).watch.look(session())).toBe('whole');
  });

  it.each([
    ['has not been seen to run', { captureStatus: 'NotStarted' }],
    ['should be over by now', { since: -HOUR_MS }],
    ['was told to stop', { state: 'stopping', why: 'asked', stopSent: true }],
    ['could not be read the last time', { failures: 1 }],
  ] as [string, Partial<Task>][])('is asked at every look when it %s', (_, change) => {
    const { watch } = watchAt();
    const task = session(change);

    expect([watch.look(task), watch.look(task), watch.look(task)]).toEqual(['whole', 'whole', 'whole']);
  });

  it('is looked at often once it was told to stop', () => {
    const { watch } = watchAt();
    const stopping = session({ state: 'stopping', why: 'asked', stopSent: true });

    expect(watch.pause(stopping, reading())).toBe(POLL_MS);
    expect(watch.pause(session(), reading())).toBeGreaterThan(2 * POLL_MS);
  });

  it('is not asked again before Azure wants it to', () => {
    const { watch } = watchAt();

    expect(watch.pause(session({ captureStatus: null }), reading({ status: 'NotStarted' }))).toBe(POLL_MS);
    expect(watch.pause(session({ since: -HOUR_MS }), reading({ retryAfterMs: 10_000 }))).toBe(10_000);
  });

  it('waits longer among many, and as before once they are over', () => {
    const { watch } = watchAt();
    const one = session({ id: 'one' });
    const alone = watch.pause(one, reading());
    const others = Array.from({ length: 2000 }, (_, n) => session({ id: `other-${n}` }));
    others.forEach((task) => watch.look(task));
    watch.look(one);

    expect(watch.pause(one, reading())).toBeGreaterThan(2 * alone);

    others.forEach((task) => watch.pause(task, reading({ status: 'Stopped' })));
    expect(watch.pause(one, reading())).toBe(alone);
  });

  it('is forgotten when nobody has looked at it for as long as no wait is', () => {
    const { time, watch } = watchAt();
    for (let n = 0; n < 2000; n += 1) {
      watch.look(session({ id: `other-${n}` }));
    }
    time.now += HOUR_MS / 2;
    const one = session({ id: 'one' });
    watch.look(one);

    expect(watch.pause(one, reading())).toBeLessThan(
      noticeMs({ durationMs: HOUR_MS, fleet: 1, pollMs: POLL_MS }),
    );
  });
});
