import type { UseCases } from '../../../src/capture/use-cases.ts';
import { CapwrightError } from '../../../src/domain/errors.ts';
import type { StartRequest } from '../../../src/domain/start-arguments.ts';
import type { StartView, TaskView } from '../../../src/domain/views.ts';
import { ask, check } from '../../fakes/bench.ts';
import { discard } from '../../fakes/orchestrator.ts';
import type { CallContext } from '../../../src/ports.ts';
import type { Random } from './random.ts';
import type { Times } from './time.ts';

/** Lets an agent speak to some living server; rejects where none answers. */
export type Reach = <T>(body: (server: UseCases) => Promise<T>) => Promise<T>;

/** What agents were told, to be held against what is true in the end. */
export interface Told {
  /** Task ids that were answered to a request id. */
  tasks: Map<string, readonly string[]>;
  /** Tasks whose cancel was taken while their capture was still to come or running. */
  cancelled: Set<string>;
  ended: Map<string, TaskView['status']>;
  violations: string[];
}

interface AgentDeps {
  reach: Reach;
  random: Random;
  times: Times;
  told: Told;
  /** Of every call of this life: what is shared with other lives would keep them all in memory. */
  call: CallContext;
  /** For how long troubles last; each begins within the first half. */
  chaosMs: number;
}

const VMS = ['web-01', 'web-02'];
const REQUEST = ask();
const RUNNING = ['requested', 'provisioning', 'capturing', 'stopping'];
/** What callers may hear besides refusals in our words. */
const SILENCE = ['connection lost', 'nobody listens'];

/** One agent and its one request, made until it is answered; then it waits, stops, cancels, or never comes back. */
export async function runAgent(requestId: string, deps: AgentDeps): Promise<void> {
  const { random } = deps;
  const pause = (ms: number): Promise<void> => deps.times.azure.sleep(random.between(0, ms));
  await pause(deps.chaosMs / 2);
  const id = await begin(requestOf(requestId, random), deps);
  if (id === null) {
    return;
  }
  if (random.chance(0.5)) {
    await pause(random.pick([4000, 20_000]));
    await (random.chance(0.7) ? cancel(id, deps) : stop(id, deps));
  }
  for (let looks = Math.floor(random.between(0, 4)); looks > 0; looks -= 1) {
    await pause(20_000);
    await look(id, random.pick([0, 0, 3]), deps);
  }
  if (random.chance(0.2)) {
    await cleanUp(deps);
  }
}

/** One machine, a scale set, a ring, or both ends of a conversation at once. */
function requestOf(requestId: string, random: Random): StartRequest {
  const kind = random.pick(['vm', 'vm', 'vm', 'vm', 'set', 'ring', 'pair'] as const);
  const { target: _target, ...rest } = REQUEST;
  const request = {
    ...rest,
    duration_seconds: Math.floor(random.between(5, 30)),
    auto_analyze: random.chance(0.5),
    request_id: requestId,
  };
  switch (kind) {
    case 'vm':
      return { ...request, target: random.pick(VMS) };
    case 'set':
      return { ...request, target: 'pool-01', target_type: 'AzureVMSS' };
    case 'ring':
      return { ...request, target: random.pick(VMS), continuous: { file_count: 2, file_bytes: 1_000_000 } };
    case 'pair':
      return { ...request, targets: VMS.map((target) => ({ target })) };
  }
}

async function begin(request: StartRequest, deps: AgentDeps): Promise<string | null> {
  const { reach, random, times, told, call } = deps;
  for (let tries = 0; tries < 6; tries += 1) {
    const send = () => reach((server) => server.startCapture(request, call));
    const answers = await Promise.allSettled(random.chance(0.3) ? [send(), send()] : [send()]);
    const views = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    views.forEach((view) => remember(told, request.request_id ?? '', idsOf(view)));
    answers.forEach((answer) => answer.status === 'rejected' && surprise(told, answer.reason));
    const [first] = views.flatMap(idsOf);
    if (first !== undefined) {
      return first;
    }
    await times.azure.sleep(random.between(0, 15_000));
  }
  return null;
}

/** Ids of the tasks that a start answered. */
function idsOf({ task_id: id, tasks }: StartView): string[] {
  const paired = tasks.map((task) => task.task_id);
  return paired.length > 0 ? paired : id === null ? [] : [id];
}

function remember(told: Told, requestId: string, answered: readonly string[]): void {
  const before = told.tasks.get(requestId) ?? answered;
  told.tasks.set(requestId, before);
  if (before.join() !== answered.join()) {
    told.violations.push(
      `I11: request ${requestId} was answered with ${before.join()} and ${answered.join()}`,
    );
  }
}

async function cancel(id: string, { reach, told, call }: AgentDeps): Promise<void> {
  await hear(told, () =>
    reach(async (server) => {
      await discard(server, { task_id: id, wait_seconds: 0 }, call);
      const { state } = await server.checkTask(check(id, 0), call);
      if (RUNNING.includes(state)) {
        told.cancelled.add(id);
      }
    }),
  );
}

async function stop(id: string, { reach, told, call }: AgentDeps): Promise<void> {
  const input = { task_id: id, discard: false, wait_seconds: 0 };
  await hear(told, () => reach(async (server) => void (await server.stopCapture(input, call))));
}

/** Looks at a task and holds the answer against earlier ones. */
export async function look(
  id: string,
  waitSeconds: number,
  { reach, told, call }: Pick<AgentDeps, 'reach' | 'told' | 'call'>,
) {
  await hear(told, async () =>
    listen(told, await reach((server) => server.checkTask(check(id, waitSeconds), call))),
  );
}

/** Somebody cleans up in the midst of it all, and carries the plan out some time later. */
async function cleanUp({ reach, told, times, random, call }: AgentDeps): Promise<void> {
  await hear(told, async () => {
    const { plan_id: plan } = await reach((server) => server.cleanupOrphans({}, call));
    await times.azure.sleep(random.between(0, 20_000));
    if (plan !== null) {
      await reach((server) => server.cleanupOrphans({ plan_id: plan }, call));
    }
  });
}

/** What has ended must stay ended the same way. */
function listen(told: Told, { task_id: id, status }: TaskView): void {
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

async function hear(told: Told, act: () => Promise<void>): Promise<void> {
  await act().catch((error: unknown) => surprise(told, error));
}

/** Agents may hear refusals in our words, and silence; anything else is a bug. */
function surprise(told: Told, error: unknown): void {
  const expected =
    error instanceof CapwrightError || (error instanceof Error && SILENCE.includes(error.message));
  if (!expected) {
    told.violations.push(
      `an agent heard ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
}
