import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAgent, type Agent } from './agent.ts';
import { createHome } from './host.ts';
import { openAzure } from './local-azure.ts';
import { capwright } from './shell.ts';

let azure: Awaited<ReturnType<typeof openAzure>>;
let home: Awaited<ReturnType<typeof createHome>>;
let agent: Agent;

beforeAll(async () => {
  azure = await openAzure();
  home = await createHome();
  const policy = file('policy.json', {
    subscriptions: [azure.connection.subscriptionId],
    resource_groups: [azure.connection.resourceGroup],
    max_duration_seconds: 10,
    changed_by: 'the network team',
  });
  agent = await openAgent({ ...home.env, ...azure.environment, CAPWRIGHT_POLICY_FILE: policy });
});
afterAll(async () => {
  await agent.close();
  await azure.stop();
  await home.remove();
});

function file(name: string, content: unknown): string {
  const path = join(home.env.HOME, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

const request = (change: Record<string, unknown> = {}) => ({
  target: 'web-01',
  resource_group: azure.connection.resourceGroup,
  duration_seconds: 3,
  ...change,
});

describe('a dry run at the real server', () => {
  it('shows the checks and the whole request, and sends it not', async () => {
    const { status, task_id, plan } = await agent.dryRun(request({ bytes_per_packet: 128 }));

    expect({ status, task_id }).toEqual({ status: 'dry_run', task_id: null });
    expect(plan?.checks.map(({ name }) => name)).toEqual([
      'vm',
      'power',
      'region',
      'agent',
      'watcher',
      'storage',
      'firewall',
      'container',
      'reading',
      'captures',
      'limits',
      'policy',
    ]);
    expect(plan?.request).toMatchObject({
      method: 'PUT',
      url: expect.stringContaining(`${azure.connection.armEndpoint}/subscriptions/`),
      body: { properties: { timeLimitInSeconds: 3, bytesToCapturePerPacket: 128 } },
    });
    expect(await azure.puts()).toEqual([]);
    expect(await azure.captures()).toEqual([]);
  });
});

describe('a policy at the real server', () => {
  it('denies with the rule, the limit, what was asked and who can change it, and creates nothing', async () => {
    const text = await agent.refusal('start_capture', request({ duration_seconds: 11 }));

    expect(text).toContain('POLICY_DENIED');
    expect(text).toContain('max_duration_seconds allows 10, and 11 s was asked for');
    expect(text).toContain('the network team');
    expect(await agent.refusal('start_capture', request({ resource_group: 'other' }))).toContain(
      'resource_groups',
    );
    expect(await azure.puts()).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['a rule that does not exist', { max_duration: 5 }, 'max_duration'],
    ['a limit that is no number', { max_bytes: 'all' }, 'max_bytes'],
  ])('with %s keeps the server from starting, and names the field', async (_what, content, field) => {
    const env = { ...home.env, CAPWRIGHT_POLICY_FILE: file('wrong.json', content) };

    const { code, stderr, stdout } = await capwright(['serve', '--stdio'], env);

    expect(code).toBe(2);
    expect(stderr).toContain('CAPWRIGHT_POLICY_FILE');
    expect(stderr).toContain(field);
    expect(stdout).toBe('');
  });

  it('that is not there keeps the server from starting', async () => {
    const env = { ...home.env, CAPWRIGHT_POLICY_FILE: join(home.env.HOME, 'nowhere.json') };

    const { code, stderr } = await capwright(['serve', '--stdio'], env);

    expect(code).toBe(2);
    expect(stderr).toContain("CAPWRIGHT_POLICY_FILE: the policy file can't be read");
  });
});
