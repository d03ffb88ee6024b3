import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { TaskView } from '../../../src/domain/views.ts';
import { openAgent, type Agent } from '../../e2e/agent.ts';
import { createHome } from '../../e2e/host.ts';
import { openAzure } from '../../e2e/local-azure.ts';
import { createRandom } from '../orchestrator/random.ts';

const seed = process.env['CAPWRIGHT_CHAOS_SEED'] ?? 'chaos-1';
const ROUNDS = Number(process.env['CAPWRIGHT_CHAOS_ROUNDS'] ?? '12');
const VMS = ['web-01', 'web-02'];
const FAULTS = [
  { match: { method: 'PUT', pathIncludes: '/packetCaptures/' }, action: 'reset-after' },
  { match: { method: 'PUT', pathIncludes: '/packetCaptures/' }, action: 'lro-failed' },
  { match: { method: 'GET', pathIncludes: '/packetCaptures/' }, times: 3, action: { status: 503 } },
  { match: { method: 'POST', pathIncludes: '/queryStatus' }, times: 2, action: { status: 429 } },
  { match: { method: 'DELETE', pathIncludes: '/packetCaptures/' }, action: 'reset-after' },
  { match: { method: 'DELETE', pathIncludes: '/packetCaptures/' }, action: { status: 503 } },
];

let azure: Awaited<ReturnType<typeof openAzure>>;
let home: Awaited<ReturnType<typeof createHome>>;
const agents: Agent[] = [];
beforeAll(async () => {
  azure = await openAzure();
  home = await createHome();
});
afterAll(async () => {
  agents.forEach((agent) => agent.kill());
  await azure.stop();
  await home.remove();
});

async function server(): Promise<Agent> {
  const one = await openAgent({
    ...home.env,
    ...azure.environment,
    CAPWRIGHT_POLL_SECONDS: '0.3',
    CAPWRIGHT_SESSION_ID: 'chaos',
  });
  agents.push(one);
  return one;
}

/**
 * Asks with the same request id until somebody answers; the server may die, or refuse for a while, meanwhile: a VM whose
 * task lost its server while Azure made the capture is busy for a minute and more.
 */
async function accepted(servers: () => Promise<Agent>, request: Record<string, unknown>): Promise<TaskView> {
  let refusal: unknown;
  for (let tries = 0; tries < 400; tries += 1) {
    try {
      return await (await servers()).start(request);
    } catch (error) {
      refusal = error;
      await delay(500);
    }
  }
  throw new Error(`${seed}: nobody accepted ${JSON.stringify(request)}`, { cause: refusal });
}

async function ended(one: Agent, id: string): Promise<TaskView> {
  for (let looks = 0; looks < 40; looks += 1) {
    const view = await one.check(id, 60).catch(() => null);
    if (view !== null && view.status !== 'task_pending') {
      return view;
    }
    await delay(500);
  }
  throw new Error(`${seed}: task ${id} does not end`);
}

const AuditLine = z.object({ task_id: z.string(), seq: z.number(), state: z.string() });

function audit(): Map<string, z.infer<typeof AuditLine>[]> {
  const file = join(home.env.CAPWRIGHT_STATE_DIR, 'audit', 'orchestrator_tasks_chaos.jsonl');
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return Map.groupBy(
    lines.map((line) => AuditLine.parse(JSON.parse(line))),
    ({ task_id: id }) => id,
  );
}

/** Containers of this state directory's servers; other tests may have theirs at the same time. */
async function containers(): Promise<string[]> {
  const owners = readdirSync(join(home.env.CAPWRIGHT_STATE_DIR, 'owners'));
  const place = owners[0]?.split('-')[0] ?? 'no server ever started';
  const all = await new Docker().listContainers({ all: true, filters: { label: ['capwright'] } });
  return all.filter(({ Labels }) => JSON.stringify(Labels).includes(place)).map(({ Id }) => Id);
}

async function round(n: number, current: Agent): Promise<{ id: string; next: Agent }> {
  const random = createRandom(`${seed}/${n}`);
  const other = random.chance(0.4) ? await server() : null;
  await azure.plantFault({ times: 1, ...random.pick(FAULTS) });
  const request = {
    target: VMS[n % VMS.length],
    resource_group: azure.connection.resourceGroup,
    duration_seconds: Math.floor(random.between(2, 5)),
    request_id: `round-${n}`,
    llm: 'off',
  };
  const answers = { by: current };
  const asking = accepted(async () => answers.by, request);
  if (random.chance(0.75)) {
    const { task_id: id } = await asking;
    void (other ?? current).check(id, 60).catch(() => undefined);
  }
  await delay(random.between(0, 9000));
  current.kill();
  const next = other ?? (await server());
  answers.by = next;
  return { id: (await asking).task_id, next };
}

describe('real servers on one state directory, killed at any moment', () => {
  it('end every capture, with one name each, and leave nothing behind', async () => {
    let current = await server();
    const ids: string[] = [];
    for (let n = 0; n < ROUNDS; n += 1) {
      const { id, next } = await round(n, current);
      ids.push(id);
      current = next;
    }

    const views: TaskView[] = [];
    for (const id of ids) {
      views.push(await ended(current, id));
    }
    await current.close();

    const states = views.map(({ state }) => state);
    process.stderr.write(`${seed}: ${states.join(' ')}\n`);
    expect(new Set(ids).size).toBe(ROUNDS);
    expect(states.filter((state) => state === 'completed').length).toBeGreaterThan(ROUNDS / 2);
    expect(views.every(({ cleaned_up: clean }) => clean)).toBe(true);
    expect(new Set(await azure.puts())).toEqual(new Set(views.map(({ capture_name: name }) => name)));
    expect(await azure.captures()).toEqual([]);
    expect(await containers()).toEqual([]);
    for (const view of views) {
      const lines = audit().get(view.task_id) ?? [];
      expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
      expect(lines.at(-1)?.state).toBe(view.state);
    }
  });
});
