import { describe, expect, it } from 'vitest';
import { LONGEST_WAIT_MS } from '../../src/domain/next-action.ts';
import { noticeMs, pollPlan, type Watched } from '../../src/domain/poll-plan.ts';

const SECOND = 1000;
const HOUR = 3_600_000;
const DURATIONS = [1, 5, 30, 61, 300, 1800, 3600, 18_000, 604_800].map((seconds) => seconds * SECOND);
const FLEETS = [1, 2, 17, 75, 400, 1000, 5000];
const POLLS = [50, 1000, 5000, 30_000, 300_000];
const NAMES = ['a', '0f3c', 'ffff', 'capture', 'f00dfeed'];

const running = (change: Partial<Watched> = {}): Watched => ({
  name: 'a',
  status: 'Running',
  elapsedMs: 0,
  durationMs: HOUR,
  fleet: 1,
  pollMs: 5 * SECOND,
  ...change,
});

/** Every combination, with elapsed times before, around and after the end. */
function* everyLook(): Generator<Watched> {
  for (const durationMs of DURATIONS) {
    for (const fleet of FLEETS) {
      for (const pollMs of POLLS) {
        for (const name of NAMES) {
          for (const part of [-0.5, 0, 0.1, 0.5, 0.9, 0.99, 1, 1.2, 50]) {
            for (const status of ['Running', 'NotStarted', 'Unknown'] as const) {
              yield { name, status, elapsedMs: durationMs * part, durationMs, fleet, pollMs };
            }
          }
        }
      }
    }
  }
}

/** When a session is looked at, from its start until it is over. */
function looks(watched: Watched): number[] {
  const times = [0];
  for (let at = 0; at < watched.durationMs; times.push(at)) {
    at += pollPlan({ ...watched, elapsedMs: at });
  }
  return times;
}

describe('the poll plan', () => {
  it('never looks oftener than the operator set, nor waits as long as no wait may be', () => {
    for (const look of everyLook()) {
      const pause = pollPlan(look);

      expect(pause).toBeGreaterThanOrEqual(look.pollMs);
      expect(pause).toBeLessThanOrEqual(LONGEST_WAIT_MS);
      expect(pause).toBeLessThanOrEqual(Math.max(noticeMs(look), look.pollMs));
    }
  });

  it('gives the same answer to the same question', () => {
    for (const look of everyLook()) {
      expect(pollPlan({ ...look })).toBe(pollPlan(look));
    }
  });

  it('looks twice within the time in which a broken session is to be noticed', () => {
    for (const look of everyLook()) {
      const first = pollPlan(look);
      const then = { ...look, elapsedMs: Math.max(look.elapsedMs, 0) + first };
      const runsOn = look.status === 'Running' && then.elapsedMs < look.durationMs;
      if (runsOn && noticeMs(look) >= 4 * look.pollMs) {
        expect(first + pollPlan(then)).toBeLessThanOrEqual(noticeMs(look));
      }
    }
  });

  it('notices a break of a short session within a minute, and of five hours within four', () => {
    for (const durationMs of DURATIONS) {
      expect(noticeMs(running({ durationMs }))).toBeLessThanOrEqual((durationMs <= HOUR ? 60 : 240) * SECOND);
    }
  });

  it('looks often until the session runs, and seldom once it does', () => {
    const { pollMs } = running();

    expect(pollPlan(running({ status: 'NotStarted' }))).toBe(pollMs);
    expect(pollPlan(running({ status: 'Unknown' }))).toBe(pollMs);
    expect(pollPlan(running())).toBeGreaterThan(3 * pollMs);
  });

  it('comes back when the session should be over, and often from then on', () => {
    for (const durationMs of DURATIONS) {
      const watched = running({ durationMs });
      const last = looks(watched).at(-1) ?? 0;

      expect(last - durationMs).toBeLessThanOrEqual(watched.pollMs);
      expect(pollPlan({ ...watched, elapsedMs: durationMs })).toBe(watched.pollMs);
    }
  });

  it('spends few looks on a long session', () => {
    expect(looks(running({ durationMs: 5 * HOUR })).length).toBeLessThan(400);
    expect(looks(running({ durationMs: 60 * SECOND })).length).toBeLessThan(10);
  });

  it('keeps a thousand sessions inside ARM’s 25 reads a second, at their start, middle and end', () => {
    const fleet = Array.from({ length: 1000 }, (_, n) => running({ name: `task-${n}`, fleet: 1000 }));
    const perSecond = (change: Partial<Watched>): number =>
      fleet.reduce((sum, watched) => sum + SECOND / pollPlan({ ...watched, ...change }), 0);

    expect(perSecond({ status: 'NotStarted' })).toBeLessThan(16);
    expect(perSecond({ elapsedMs: HOUR / 2 }) / 2).toBeLessThan(16);
    expect(perSecond({ elapsedMs: HOUR })).toBeLessThan(16);
  });

  it('spreads the looks of sessions that end together', () => {
    const lastPauses = Array.from({ length: 1000 }, (_, n) =>
      pollPlan(running({ name: `task-${n}`, fleet: 1000, elapsedMs: HOUR - 5 * SECOND })),
    );
    const perSecond = Map.groupBy(lastPauses, (pause) => Math.floor(pause / SECOND));

    expect(Math.max(...[...perSecond.values()].map((group) => group.length))).toBeLessThan(40);
  });
});
