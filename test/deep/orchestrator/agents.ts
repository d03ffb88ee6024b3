import { CapwrightError } from '../../../src/domain/errors.ts';
import type { StartCaptureInput } from '../../../src/domain/inputs.ts';
import type { TaskView } from '../../../src/domain/views.ts';
import { ask, check } from '../../fakes/bench.ts';
import { quietCall, type Orchestrator } from '../../fakes/orchestrator.ts';
import type { Random } from './random.ts';
import type { Times } from './time.ts';

/** Lets an agent speak to some living server; rejects where none answers. */
export type Reach = <T>(body: (server: Orchestrator) => Promise<T>) => Promise<T>;

/** What agents were told, to be held against what is true in the end. */
export interface Told {
  /** Task ids that were answered to a request id. */
  tasks: Map<string, Set<string>>;
  /** Tasks whose cancel was taken while their capture was still to come or running. */
  cancelled: Set<string>;
  ended: Map<string, TaskView['status']>;
  violations: string[];
}

export const VMS = ['web-01', 'web-02', 'db-01'];

/** One agent and its one request, made until it is answered; then it waits, cancels, or never comes back. */
export async function runAgent(
  requestId: string,
  deps: { reach: Reach; random: Random; times: Times; told: Told },
): Promise<void> {
  const { reach, random, times, told } = deps;
  const pause = (ms: number): Promise<void> => times.azure.sleep(random.between(0, ms));
  await pause(240_000);
  const request = ask({
    target: random.pick(VMS),
    duration_seconds: Math.floor(random.between(5, 60)),
    auto_analyze: random.chance(0.3),
    request_id: requestId,
  });
  const id = await begin(request, deps);
  if (id === null) {
    return;
  }
  if (random.chance(0.4)) {
    await pause(random.pick([4000, 60_000]));
    await cancel(id, deps);
  }
  for (let looks = Math.floor(random.between(0, 4)); looks > 0; looks -= 1) {
    await pause(30_000);
    await reach((server) => server.checkTask(check(id, 30), quietCall)).then(
      (view) => listen(told, view),
      (error: unknown) => surprise(told, error),
    );
  }
}

async function cancel(id: string, { reach, told }: Parameters<typeof runAgent>[1]): Promise<void> {
  const running = ['requested', 'provisioning', 'capturing', 'stopping'];
  await reach(async (server) => {
    await server.cancelTask(id);
    return server.checkTask(check(id, 0), quietCall);
  }).then(
    ({ state }) => running.includes(state) && told.cancelled.add(id),
    (error: unknown) => surprise(told, error),
  );
}

async function begin(
  request: StartCaptureInput,
  { reach, random, times, told }: Parameters<typeof runAgent>[1],
): Promise<string | null> {
  for (let tries = 0; tries < 8; tries += 1) {
    const send = () => reach((server) => server.startCapture(request, quietCall));
    const answers = await Promise.allSettled(random.chance(0.3) ? [send(), send()] : [send()]);
    const views = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    views.forEach((view) => remember(told, request.request_id ?? '', view.task_id));
    answers.forEach((answer) => answer.status === 'rejected' && surprise(told, answer.reason));
    if (views[0] !== undefined) {
      return views[0].task_id;
    }
    await times.azure.sleep(random.between(0, 40_000));
  }
  return null;
}

function remember(told: Told, requestId: string, taskId: string): void {
  const ids = told.tasks.get(requestId) ?? new Set();
  told.tasks.set(requestId, ids.add(taskId));
  if (ids.size > 1) {
    told.violations.push(`I11: request ${requestId} was answered with ${[...ids].join(' and ')}`);
  }
}

/** What has ended must stay ended the same way. */
export function listen(told: Told, { task_id: id, status }: TaskView): void {
  const before = told.ended.get(id);
  if (told.cancelled.has(id) && status === 'task_completed') {
    told.violations.push(`I9: task ${id} was cancelled and is completed`);
  }
  if (before !== undefined && before !== status) {
    told.violations.push(`I7: task ${id} was ${before} and is ${status}`);
  }
  if (status !== 'task_pending') {
    told.ended.set(id, status);
  }
}

/** Agents may hear refusals in our words, and silence; anything else is a bug. */
export function surprise(told: Told, error: unknown): void {
  const expected =
    error instanceof CapwrightError ||
    (error instanceof Error && ['connection lost', 'nobody listens'].includes(error.message));
  if (!expected) {
    told.violations.push(
      `an agent heard ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
}
