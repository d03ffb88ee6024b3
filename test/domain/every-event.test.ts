import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { evolve } from '../../src/domain/evolve.ts';
import { nextAction } from '../../src/domain/next-action.ts';
import { holdsVm, isTerminal, Task, TASK_STATES, type TaskState } from '../../src/domain/task.ts';
import { EVERY_EVENT, EVENT_SAMPLES } from '../fakes/every-event.ts';
import { TIMING } from '../fakes/orchestrator.ts';
import { sampleTask } from '../fakes/task.ts';

/** Where each state may lead besides to itself; a state that is forgotten here does not compile. */
const WAYS: Record<TaskState, readonly TaskState[]> = {
  requested: ['provisioning', 'cancelled'],
  provisioning: ['capturing', 'downloading', 'cleaning'],
  capturing: ['stopping', 'downloading', 'cleaning'],
  stopping: ['downloading', 'cleaning'],
  downloading: ['cleaning'],
  cleaning: ['analyzing', 'completed', 'failed', 'cancelled', 'timed_out'],
  analyzing: ['completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
  timed_out: [],
};
const STATES = Object.keys(WAYS);
const WISHES = [null, 'stop', 'discard'] as const;

const { plan } = sampleTask();
const instances = [
  { id: '2', name: 'vmss_2' },
  { id: '3', name: 'vmss_3' },
];
const BEGINNINGS: Task[] = [
  sampleTask(),
  sampleTask({ deleteBlobs: true, autoAnalyze: true }),
  sampleTask({ deleteBlobs: true, plan: { ...plan, targetType: 'AzureVMSS', instances } }),
  sampleTask({ plan: { ...plan, ring: { fileCount: 2, fileBytes: 1_000_000 } } }),
];
/** Before the task was made, for clocks are set back; while lost requests may still arrive; and long after. */
const TIMES = [-50_000, 2000, 200_000];

interface Step {
  from: Task;
  event: (typeof EVERY_EVENT)[number];
  now: number;
  to: Task;
}

/** Every step from every state that any order of events at any of the times can lead to. */
function everyStep(): Step[] {
  const known = new Map(BEGINNINGS.map((task) => [JSON.stringify(task), task]));
  const steps: Step[] = [];
  for (const from of known.values()) {
    for (const event of EVERY_EVENT) {
      for (const now of TIMES) {
        const next = evolve(from, event, now);
        const key = next === from ? '' : JSON.stringify(bounded(next));
        const to = next === from ? from : (known.get(key) ?? bounded(next));
        steps.push({ from, event, now, to });
        known.set(JSON.stringify(to), to);
      }
    }
  }
  return steps;
}

/** Times, a counter and a text for people would make the states endless. */
function bounded(task: Task): Task {
  const { failures, lastFailure } = task;
  return {
    ...task,
    failures: Math.min(failures, 1),
    lastFailure: lastFailure?.code === 'CREDENTIALS' ? lastFailure : null,
    since: 0,
    lookedAt: 0,
    updatedAt: 0,
    nextAt: 0,
    ...(task.state === 'cleaning' && task.goneAt !== null && { goneAt: 0 }),
  };
}

describe(`every state with every one of ${Object.keys(EVENT_SAMPLES).length} events, at any time`, () => {
  const steps = everyStep();
  const states = [...new Set(steps.flatMap(({ from, to }) => [from, to]))];

  it('reaches all states, and stores nothing that its schema would refuse', () => {
    expect(STATES.toSorted()).toEqual([...TASK_STATES].toSorted());
    expect(new Set(states.map(({ state }) => state))).toEqual(new Set(STATES));
    expect(states.length).toBeGreaterThan(1000);
    const altered = states.filter((task) => !isDeepStrictEqual(Task.safeParse(stored(task)).data, task));
    expect(altered).toEqual([]);
  });

  it('goes only the ways that there are, so that nothing created ends without cleaning', () => {
    const taken = steps.filter(({ from, to }) => from.state !== to.state);
    const ways = Object.entries(WAYS).flatMap(([from, to]) => to.map((state) => `${from} ${state}`));

    expect([...new Set(taken.map(({ from, to }) => `${from.state} ${to.state}`))].toSorted()).toEqual(
      ways.toSorted(),
    );
  });

  it('never leaves an end, and never takes a VM back', () => {
    const wrong = steps.filter(
      ({ from, to }) => (isTerminal(from) && to !== from) || (!holdsVm(from) && holdsVm(to)),
    );

    expect(wrong).toEqual([]);
    expect(steps.some(({ from }) => isTerminal(from))).toBe(true);
  });

  it('keeps who the task is, and what it was asked for', () => {
    const changed = steps.filter(
      ({ from, to }) =>
        to.id !== from.id ||
        to.plan !== from.plan ||
        to.parameters !== from.parameters ||
        to.createdAt !== from.createdAt,
    );

    expect(changed).toEqual([]);
  });

  it('is not moved by an event that comes a second time', () => {
    const moved = steps.filter(({ event, now, to }) => evolve(to, event, now).state !== to.state);

    expect(moved).toEqual([]);
  });

  it('lets nobody who took a task over ask for a capture before it is written down that he did', () => {
    const provisioning = states.flatMap((task) => (task.state === 'provisioning' ? [task] : []));
    const actions = provisioning.flatMap((task) =>
      WISHES.map((wish) => nextAction(task, wish, 2000, TIMING, task.fence + 1)),
    );

    expect(actions.length).toBeGreaterThan(30);
    expect(actions.filter((action) => action.do !== 'record' || action.event.type !== 'taken_over')).toEqual(
      [],
    );
  });

  it('always has a next step, whatever is wished, and none after the end', () => {
    const wrong = states.filter((task) => {
      const fence = task.state === 'provisioning' ? task.fence : 1;
      return WISHES.some((wish) =>
        TIMES.some((now) => {
          const { do: step } = nextAction(task, wish, now, TIMING, fence);
          return isTerminal(task) ? step !== 'rest' && step !== 'wait' : step === 'rest';
        }),
      );
    });

    expect(wrong).toEqual([]);
  });
});

function stored(task: Task): unknown {
  return JSON.parse(JSON.stringify(task));
}
