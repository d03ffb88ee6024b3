import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskView } from '../../src/domain/views.ts';
import { openAgent, type Agent } from './agent.ts';
import { createHome } from './host.ts';
import { openAzure } from './local-azure.ts';

let azure: Awaited<ReturnType<typeof openAzure>>;
let home: Awaited<ReturnType<typeof createHome>>;
let environment: Record<string, string>;
const agents: Agent[] = [];

beforeAll(async () => {
  azure = await openAzure();
  home = await createHome();
  environment = {
    ...home.env,
    ...azure.environment,
    CAPWRIGHT_POLL_SECONDS: '0.5',
    CAPWRIGHT_SESSION_ID: 'e2e',
  };
});
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.close().catch(() => {})));
  await azure.stop();
  await home.remove();
});

async function agent(): Promise<Agent> {
  const one = await openAgent(environment);
  agents.push(one);
  return one;
}

function capture(change: Record<string, unknown> = {}) {
  return {
    target: 'web-01',
    resource_group: azure.connection.resourceGroup,
    duration_seconds: 3,
    llm: 'off',
    ...change,
  };
}

async function ended(one: Agent, id: string): Promise<TaskView> {
  const view = await one.check(id);
  return view.status === 'task_pending' ? ended(one, id) : view;
}

async function eventually(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) {
    await delay(200);
  }
}

/** Containers of servers on this state directory: other test files use the same engine at the same time. */
async function containers() {
  const owners = realpathSync(join(home.env.CAPWRIGHT_STATE_DIR, 'owners'));
  const prefix = createHash('sha256').update(owners).digest('hex').slice(0, 12);
  const all = await new Docker().listContainers({ all: true, filters: { label: ['capwright.instance'] } });
  return all.filter(({ Labels }) => Labels['capwright.instance']?.startsWith(`${prefix}-`));
}

describe('the main job', { timeout: 180_000 }, () => {
  it('ends with the planted faults in the report, and nothing left anywhere', async () => {
    const one = await agent();
    const begun = await one.start(capture({ investigation_context: 'the web is slow' }));

    const [done] = await Promise.all([
      ended(one, begun.task_id),
      eventually(async () => (await containers()).length > 0),
    ]);

    expect(done).toMatchObject({ status: 'task_completed', state: 'completed', cleaned_up: true });
    const planted = (await azure.planted(done.capture_name)).filter(({ main }) => main);
    const found = done.analysis?.findings ?? [];
    for (const fault of planted) {
      const hits = found.filter(
        ({ kind, actor, target }) =>
          kind === fault.kind &&
          [...fault.actor, ...fault.target].some((host) => [...actor, ...target].includes(host)),
      );
      expect(hits, `${fault.kind} of ${fault.actor.join()} at frames ${fault.frames.join()}`).not.toEqual([]);
      expect(hits.some(({ frames }) => frames.some((frame) => fault.frames.includes(frame)))).toBe(true);
      expect(done.analysis?.report).toContain(hits[0]?.id);
    }
    expect(planted.length).toBeGreaterThan(6);
    expect(await azure.captures()).toEqual([]);
    expect(await containers()).toEqual([]);
    expect(statSync(done.capture_path ?? '').mode & 0o777).toBe(0o600);
    const audit = readFileSync(
      join(home.env.CAPWRIGHT_STATE_DIR, 'audit', 'orchestrator_tasks_e2e.jsonl'),
      'utf8',
    );
    expect(
      audit
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).state)
        .at(-1),
    ).toBe('completed');
    expect(audit).not.toContain(azure.connection.clientSecret);
    await one.close();
  });

  it('goes on where a killed server was, with one capture', async () => {
    const before = (await azure.puts()).length;
    const first = await agent();
    const begun = await first.start(capture({ target: 'web-02', duration_seconds: 4 }));
    await eventually(async () => (await azure.captures()).length > 0);
    first.kill();

    const second = await agent();
    const done = await ended(second, begun.task_id);

    expect(done.status).toBe('task_completed');
    expect((await azure.puts()).slice(before)).toEqual([done.capture_name]);
    expect(await azure.captures()).toEqual([]);
    await second.close();
  });

  it('leaves nothing running for an agent that never comes back', async () => {
    const one = await agent();
    const begun = await one.start(capture());

    await eventually(async () => (await azure.captures()).length > 0);
    await eventually(async () => (await azure.captures()).length === 0);

    await eventually(async () => (await one.check(begun.task_id, 0)).cleaned_up);
    await one.close();
  });

  it('finds its own orphan and leaves a foreign capture alone', async () => {
    const one = await agent();
    await azure.plantForeign('somebody-elses', 'web-02');

    const plan = await one.cleanup({});

    expect(plan).toMatchObject({ applied: false, plan_id: null });
    expect(plan.items).toMatchObject([{ kind: 'foreign_capture', name: 'somebody-elses', action: 'keep' }]);
    expect(await azure.captures()).toHaveLength(1);
    await one.close();
  });
});
