import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAgent, type Agent } from './agent.ts';
import { createHome } from './host.ts';
import { openAzure } from './local-azure.ts';
import { capwright } from './shell.ts';

let azure: Awaited<ReturnType<typeof openAzure>>;
let home: Awaited<ReturnType<typeof createHome>>;
let environment: Record<string, string>;
const agents: Agent[] = [];

beforeAll(async () => {
  azure = await openAzure();
  home = await createHome();
  const policy = join(home.env.HOME, 'policy.json');
  writeFileSync(policy, JSON.stringify({ approval: 'always' }));
  environment = {
    ...home.env,
    ...azure.environment,
    CAPWRIGHT_POLICY_FILE: policy,
    CAPWRIGHT_POLL_SECONDS: '0.5',
  };
});
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.close().catch(() => {})));
  await azure.stop();
  await home.remove();
});

async function agent(person: Parameters<typeof openAgent>[1]): Promise<Agent> {
  const one = await openAgent(environment, person);
  agents.push(one);
  return one;
}

/** Both ends of a conversation, for long enough to look at them. */
function bothEnds(change: Record<string, unknown> = {}) {
  const [first = '', second = ''] = azure.connection.vms;
  return {
    targets: [{ target: first }, { target: second }],
    resource_group: azure.connection.resourceGroup,
    duration_seconds: 600,
    llm: 'off',
    ...change,
  };
}

const left = async (): Promise<number> => (await azure.captures()).length;

describe.each(['auto', 'legacy'] as const)('a person at the real server (%s era)', (mode) => {
  it('says no, and nothing reaches Azure', async () => {
    const before = (await azure.puts()).length;
    const one = await agent({ mode, agrees: () => false });

    expect(await one.refusal('start_capture', bothEnds())).toContain('APPROVAL_DECLINED');
    expect((await azure.puts()).length).toBe(before);
  });

  it('reads the very requests that are sent, says yes, and says it again to throw all away', async () => {
    const questions: string[] = [];
    const agrees = (question: string): boolean => questions.push(question) > 0;
    const one = await agent({ mode, agrees });
    const before = await azure.puts();

    const { tasks } = await one.request(bothEnds());
    await expect.poll(left, { timeout: 60_000 }).toBe(2);
    const names = (await azure.puts()).slice(before.length);
    const gone = await Promise.all(
      tasks.map(({ task_id }) => one.stop({ task_id, discard: true, wait_seconds: 120 })),
    );

    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(questions[0]).toContain(name);
    expect(questions).toHaveLength(3);
    expect(gone.map(({ status }) => status)).toEqual(['task_cancelled', 'task_cancelled']);
    expect(await left()).toBe(0);
    expect(auditOf(tasks[0]?.task_id ?? '')).toMatchObject({
      accepted: { parameters: { approved_by: 'elicitation' }, paired_task_ids: [tasks[1]?.task_id] },
      discard_approved: { approved_by: 'elicitation' },
    });
  });
});

/** Lines of a task in the audit files, by event. */
function auditOf(taskId: string): Record<string, Record<string, unknown>> {
  const folder = join(home.env.CAPWRIGHT_STATE_DIR, 'audit');
  const lines = readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
  return Object.fromEntries(
    lines.filter(({ task_id }) => task_id === taskId).map((line) => [line.event, line]),
  );
}

describe('a client without a person at the real server', () => {
  it('gets the plan, and carries it out at the server that comes after', async () => {
    const one = await agent(null);
    const before = (await azure.puts()).length;

    const planned = await one.request(bothEnds());
    one.kill();
    const after = (await azure.puts()).length;
    const two = await agent(null);
    const { tasks } = await two.request(bothEnds({ plan_id: planned.approval?.plan_id }));
    await expect.poll(left, { timeout: 60_000 }).toBe(2);
    const again = await two.refusal('start_capture', bothEnds({ plan_id: planned.approval?.plan_id }));

    expect(planned).toMatchObject({ status: 'approval_required', task_id: null });
    expect(after).toBe(before);
    expect(tasks).toHaveLength(2);
    expect(again).toContain('PLAN_USED');
    for (const { task_id } of tasks) {
      const { approval } = await two.stop({ task_id, discard: true, wait_seconds: 0 });
      await two.stop({ task_id, discard: true, plan_id: approval?.plan_id, wait_seconds: 120 });
    }
    expect(await left()).toBe(0);
  });
});

describe('the shell', () => {
  it('needs no more than its flag', async () => {
    const { code, stdout } = await capwright(['cleanup'], environment);

    expect(code).toBe(0);
    expect(stdout).toContain('searched Azure');
  });
});
