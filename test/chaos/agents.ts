import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Random } from '../deep/orchestrator/random.ts';
import type { Fleet } from './fleet.ts';
import { Refused } from './server.ts';
import type { Turns } from './turns.ts';

/** What agents were told, to be held against what is true in the end. */
export interface Told {
  /** Task ids that were answered to a request id: one for each of its targets. */
  tasks: Map<string, readonly string[]>;
  /** Tasks whose discarding was taken while they had not ended. */
  discarded: Set<string>;
  ended: Map<string, string>;
}

export interface AgentDeps {
  fleet: Fleet;
  random: Random;
  told: Told;
  violation: (text: string) => void;
  /** Few analyses at a time: each takes a container, and the machine is small. */
  analyses: Turns;
  /** Whether the trouble is over: a request that nobody took by then is not made any more. */
  isOver: () => boolean;
  /** Aborted when time for converging has run out. */
  giveUp: AbortSignal;
}

/** What becomes of a task when its agent has its way. */
type Fate = 'analyze' | 'drop' | 'stop' | 'discard';

/** What of an answer is looked at here; the tools' own schemas are held to by other tests. */
const Started = z.object({
  task_id: z.string().nullable(),
  tasks: z.array(z.object({ task_id: z.string() })).default([]),
});
const Seen = z.object({ task_id: z.string(), status: z.string(), state: z.string() });
const Stopped = Seen.extend({ approval: z.object({ plan_id: z.string() }).nullable().default(null) });
type Seen = z.infer<typeof Seen>;
const Page = z.object({ tasks: z.array(Seen), next_cursor: z.string().nullable() });
type Page = z.infer<typeof Page>;
const Cleanup = z.object({
  plan_id: z.string().nullable(),
  items: z.array(z.object({ action: z.string() })),
});

/** Longest that start_capture's checks may take before the agent asks somebody else. */
const START_MS = 20_000;

/** Longest that an answer is waited for beyond what was asked for; a stopped server doesn't answer sooner. */
const PATIENCE_MS = 4000;

/** Lives one agent's life: one request, made until it is answered, and its tasks seen to the end. */
export async function runAgent(
  request: Record<string, unknown> & { request_id: string },
  fate: Fate,
  deps: AgentDeps,
): Promise<void> {
  const ids = await begin(request, deps);
  await Promise.all(ids.map((id) => seeToTheEnd(id, fate, deps)));
}

async function seeToTheEnd(id: string, fate: Fate, deps: AgentDeps): Promise<void> {
  if (fate === 'stop' || fate === 'discard') {
    await delay(deps.random.between(0, 6000));
    await stop(id, fate === 'discard', deps);
  }
  while (!deps.told.ended.has(id) && !deps.giveUp.aborted) {
    const state = await look(id, fate === 'analyze', deps);
    if (state === 'analyzing' && fate !== 'analyze') {
      await stop(id, true, deps);
    }
    await delay(deps.random.between(100, 1500));
  }
}

/** The ids of the tasks, however often they had to be asked for; none where nobody took the request in time. */
async function begin(
  request: Record<string, unknown> & { request_id: string },
  deps: AgentDeps,
): Promise<readonly string[]> {
  const { random, told } = deps;
  let unanswered = false;
  while (!deps.giveUp.aborted) {
    const send = () => call(deps, 'start_capture', request, Started, START_MS);
    const answers = await Promise.all(random.chance(0.15) ? [send(), send()] : [send()]);
    for (const answer of answers) {
      if (typeof answer === 'object') {
        remember(deps, request.request_id, idsOf(answer));
      }
      unanswered ||= answer === 'silence';
    }
    const ids = told.tasks.get(request.request_id);
    if (ids !== undefined) {
      return ids;
    }
    if (deps.isOver() && !unanswered) {
      return [];
    }
    unanswered &&= answers.includes('silence');
    await delay(random.between(300, 3000));
  }
  return [];
}

function idsOf({ task_id: first, tasks }: z.infer<typeof Started>): string[] {
  return tasks.length > 0 ? tasks.map(({ task_id: id }) => id) : [first ?? ''];
}

function remember({ told, violation }: AgentDeps, requestId: string, ids: readonly string[]): void {
  const before = told.tasks.get(requestId) ?? ids;
  if (before.join() !== ids.join()) {
    violation(`I11: request ${requestId} was answered with ${before.join()} and with ${ids.join()}`);
  }
  told.tasks.set(requestId, before);
}

/** Stops, or throws away: that takes a second call, which another server may get. */
async function stop(id: string, discard: boolean, deps: AgentDeps): Promise<void> {
  const ask = (plan: { plan_id?: string }) =>
    call(
      deps,
      'stop_capture',
      { task_id: id, discard, wait_seconds: 1, ...plan },
      Stopped,
      PATIENCE_MS + 1000,
    );
  const first = await ask({});
  const approval = typeof first === 'object' ? first.approval : null;
  const answer = approval === null ? first : await ask({ plan_id: approval.plan_id });
  if (typeof answer !== 'object') {
    return;
  }
  if (discard && answer.approval === null && DISCARDABLE.has(answer.state)) {
    deps.told.discarded.add(id);
  }
  listen(deps, answer);
}

/** Once it is being cleaned up, how a task ends is settled already. */
const DISCARDABLE = new Set(['requested', 'provisioning', 'capturing', 'downloading', 'analyzing']);

/** The state of the task, or null where no answer came. Only who wants the analysis checks: a check begins it. */
async function look(id: string, analyze: boolean, deps: AgentDeps): Promise<string | null> {
  const answer = analyze ? await deps.analyses.take(() => check(id, 8, deps)) : await findInList(id, deps);
  if (typeof answer !== 'object') {
    return null;
  }
  listen(deps, answer);
  return answer.state;
}

function check(id: string, seconds: number, deps: AgentDeps): Promise<Seen | NoAnswer> {
  const patience = seconds * 1000 + PATIENCE_MS;
  return call(deps, 'check_task', { task_id: id, wait_seconds: seconds }, Seen, patience);
}

/** Goes through the pages, newest first, as an agent that wants to know of one task without driving it. */
async function findInList(id: string, deps: AgentDeps): Promise<Seen | NoAnswer> {
  let cursor: string | null = null;
  for (;;) {
    const page: Page | NoAnswer = await call(
      deps,
      'list_tasks',
      { limit: 100, ...(cursor === null ? {} : { cursor }) },
      Page,
      PATIENCE_MS,
    );
    if (typeof page !== 'object') {
      return page;
    }
    const found = page.tasks.find(({ task_id: other }) => other === id);
    if (found !== undefined) {
      return found;
    }
    if (page.next_cursor === null) {
      deps.violation(`I3: task ${id} was accepted and is in no list`);
      return 'refused';
    }
    cursor = page.next_cursor;
  }
}

const ENDS = new Set(['task_completed', 'task_failed', 'task_cancelled', 'task_timed_out']);

function hasEnded({ status }: Seen): boolean {
  return ENDS.has(status);
}

/** What has ended must stay ended the same way, and what was thrown away is not completed. */
function listen({ told, violation }: AgentDeps, view: Seen): void {
  const { task_id: id, status } = view;
  const before = told.ended.get(id);
  if (before !== undefined && hasEnded(view) && before !== status) {
    violation(`I7: task ${id} was ${before} and is ${status}`);
  }
  if (told.discarded.has(id) && status === 'task_completed') {
    violation(`I9: task ${id} was discarded and is completed`);
  }
  if (hasEnded(view)) {
    told.ended.set(id, status);
  }
}

type NoAnswer = 'refused' | 'silence';

/** Calls a tool of some server. Servers die and stop under the agent; what must not happen is an unexpected error. */
async function call<T extends z.ZodType>(
  deps: AgentDeps,
  tool: string,
  args: Record<string, unknown>,
  view: T,
  timeoutMs: number,
): Promise<z.infer<T> | NoAnswer> {
  const server = await deps.fleet.someone(deps.random);
  try {
    return await server.call(tool, args, view, timeoutMs);
  } catch (error) {
    if (error instanceof z.ZodError) {
      deps.violation(`${tool} answered another thing than it should: ${error.message}`);
    }
    if (!(error instanceof Refused)) {
      return 'silence';
    }
    if (SURPRISES.has(error.code)) {
      deps.violation(`${tool} ${JSON.stringify(args)} was refused: ${error.message}`);
    }
    return 'refused';
  }
}

/** Refusals that nothing in this world explains. */
const SURPRISES = new Set(['INTERNAL', 'UNKNOWN', 'UNKNOWN_TASK', 'INVALID_ARGUMENT', 'REQUEST_ID_REUSED']);

/** Cleans up now and then, with plans that are old by the time they are applied: nothing living may be touched. */
export async function runCleaner(deps: AgentDeps): Promise<void> {
  while (!deps.isOver()) {
    await delay(deps.random.between(5000, 20_000));
    const plan = await call(deps, 'cleanup_orphans', {}, Cleanup, START_MS);
    if (typeof plan === 'object' && plan.plan_id !== null && !deps.isOver()) {
      await delay(deps.random.between(0, 3000));
      await call(deps, 'cleanup_orphans', { plan_id: plan.plan_id }, Cleanup, START_MS);
    }
  }
}
