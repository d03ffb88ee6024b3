import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateScenario } from '../../src/local-azure/traffic/scenario.ts';
import { openAgent, type Agent } from './agent.ts';
import { createHome } from './host.ts';
import { openAzure } from './local-azure.ts';

let azure: Awaited<ReturnType<typeof openAzure>>;
let home: Awaited<ReturnType<typeof createHome>>;
let agent: Agent;
let unprivileged: Agent;
let wrongSecret: Agent;
let withoutDocker: Agent;
let root: string;

beforeAll(async () => {
  azure = await openAzure();
  home = await createHome();
  root = join(home.env.HOME, 'captures');
  mkdirSync(root);
  const environment = { ...home.env, ...azure.environment, CAPWRIGHT_ALLOWED_ROOTS: root };
  agent = await openAgent(environment);
  const { clientId, clientSecret } = azure.connection.unprivileged;
  unprivileged = await openAgent({
    ...environment,
    AZURE_CLIENT_ID: clientId,
    AZURE_CLIENT_SECRET: clientSecret,
  });
  wrongSecret = await openAgent({ ...environment, AZURE_CLIENT_SECRET: 'not-the-secret' });
  withoutDocker = await openAgent({
    ...environment,
    CAPWRIGHT_SANDBOX: 'docker',
    DOCKER_HOST: `unix://${join(root, 'no.sock')}`,
  });
});
afterAll(async () => {
  await Promise.all([agent, unprivileged, wrongSecret, withoutDocker].map((one) => one.close()));
  await azure.stop();
  await home.remove();
});

function file(name: string, content: Uint8Array | string): string {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
}

const request = (change: Record<string, unknown> = {}) => ({
  target: 'web-01',
  resource_group: azure.connection.resourceGroup,
  duration_seconds: 3,
  ...change,
});

/** What no answer may hold: a stack, a secret, a path of the server's own files. */
function mustBeClean(text: string): void {
  expect(text).not.toMatch(/\n\s+at |node_modules|src\/|Error:/);
  expect(text).not.toContain(azure.connection.clientSecret);
  expect(text).not.toContain('not-the-secret');
  expect(text).not.toMatch(/AADSTS|Bearer |eyJ/);
}

describe('start_capture refuses and says what to do', () => {
  it.each([
    ['an unknown VM', { target: 'nobody' }, 'VM_NOT_FOUND'],
    ['a wrong resource group', { resource_group: 'nowhere' }, /NOT_FOUND/],
    ['a VM that does not run', { target: 'stopped-01' }, 'VM_NOT_RUNNING'],
    ['a VM without the agent', { target: 'no-agent-01' }, 'AGENT_MISSING'],
    ['a region without Network Watcher', { target: 'no-watcher-01' }, 'WATCHER_NOT_FOUND'],
    ['a location that is not the VM’s', { location: 'westeurope' }, 'LOCATION_MISMATCH'],
    ['storage without shared keys', { storage_account: 'lockedaccount' }, 'STORAGE_REFUSED'],
    ['storage that does not exist', { storage_account: 'nosuchaccount' }, 'STORAGE_NOT_FOUND'],
    ['a filter that captures nothing', { filters: [{ local_ip: '10.0.0.0/8' }] }, 'INVALID_ARGUMENT'],
    ['a duration past the limit', { duration_seconds: 18_001 }, 'duration_seconds'],
    ['an argument that does not exist', { durationSeconds: 5 }, 'durationSeconds'],
  ])('%s', async (_what, change, expected) => {
    const text = await agent.refusal('start_capture', request(change));

    expect(text).toMatch(expected);
    mustBeClean(text);
    expect(await azure.puts()).toEqual([]);
  });

  it('a principal without rights', async () => {
    const text = await unprivileged.refusal('start_capture', request());

    expect(text).toContain('FORBIDDEN');
    mustBeClean(text);
  });

  it('a wrong secret', async () => {
    const text = await wrongSecret.refusal('start_capture', request());

    expect(text).toContain('CREDENTIALS');
    mustBeClean(text);
  });
});

describe('analyze_pcap refuses and says what to do', () => {
  it.each([
    ['a missing file', () => join(root, 'nothing.pcap'), 'FILE_NOT_FOUND'],
    ['a directory', () => join(root, '.'), /NOT_A_CAPTURE|PATH_NOT_ALLOWED/],
    ['an empty file', () => file('empty.pcap', ''), 'NOT_A_CAPTURE'],
    ['text named .pcap', () => file('text.pcap', 'just text'), 'NOT_A_CAPTURE'],
    ['a path outside the roots', () => '/etc/hostname', 'PATH_NOT_ALLOWED'],
    ['a way out of the roots', () => join(root, '../../../../etc/hostname'), 'PATH_NOT_ALLOWED'],
  ])('%s', async (_what, path, code) => {
    const text = await agent.refusal('analyze_pcap', { pcap_path: path() });

    expect(text).toMatch(code);
    mustBeClean(text);
  });

  it('a blob of somebody else, a link with a signature, and a link that is not https', async () => {
    const account = azure.connection.storageAccount;
    for (const blob_url of [
      'https://example.blob.core.windows.net/c/x.cap',
      'https://169.254.169.254/metadata/x.cap',
      `http://${account}.blob.core.windows.net/c/x.cap`,
      `https://${account}.blob.core.windows.net/c/x.cap?sv=1&sig=secret`,
    ]) {
      const text = await agent.refusal('analyze_pcap', { blob_url });
      expect(text).toContain('PATH_NOT_ALLOWED');
      expect(text).not.toContain('sig=secret');
    }
  });

  it('two sources, or none', async () => {
    expect(await agent.refusal('analyze_pcap', {})).toContain('exactly one');
    expect(await agent.refusal('analyze_pcap', { pcap_path: 'a', task_id: 'b' })).toContain('exactly one');
  });
});

describe('unknown handles', () => {
  it('are refused with the way to a good one', async () => {
    expect(await agent.refusal('check_task', { task_id: 'nobody' })).toContain('UNKNOWN_TASK');
    expect(await agent.refusal('analyze_pcap', { task_id: 'nobody' })).toContain('UNKNOWN_TASK');
    expect(await agent.refusal('cleanup_orphans', { plan_id: 'nobody' })).toContain('UNKNOWN_PLAN');
  });
});

describe('a machine without Docker', () => {
  it('is told of a capture what needs no tshark, what is missing, and the command that helps', async () => {
    const { pcap } = generateScenario({
      seed: 7,
      startTime: 1_767_225_600,
      durationSeconds: 5,
      local: { address: '10.0.0.4' },
    });

    const { analysis, next } = await withoutDocker.analyze({ pcap_path: file('a.pcap', pcap) });

    expect(analysis.findings.length).toBeGreaterThan(0);
    expect(analysis.partial).toMatch(/^tshark was not run.*Not looked at: .*npm run setup/);
    expect(next).toContain('overview without tshark');
    expect(analysis.sandbox).toMatch(/^no sandbox/);
    mustBeClean(JSON.stringify(analysis));
  });
});

describe('a capture that can not be analysed yet', () => {
  it('is kept, shown without tshark where that is asked for, and the task goes on once Docker is there', async () => {
    const begun = await withoutDocker.start(request());
    const text = await withoutDocker.refusal('check_task', { task_id: begun.task_id, wait_seconds: 60 });

    expect(text).toContain('SANDBOX_UNAVAILABLE');
    expect(text).toContain('safe');
    expect(text).toContain('analyze_pcap with that task_id gives an overview');
    const { analysis } = await withoutDocker.analyze({ task_id: begun.task_id });
    expect(analysis.partial).toContain('tshark was not run');
    expect(await azure.captures()).toEqual([]);
    expect(await agent.check(begun.task_id)).toMatchObject({ status: 'task_completed' });
  }, 120_000);
});
