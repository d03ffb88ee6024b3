import { resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOOLS } from '../server/doors.ts';
import { createHome, readMcpJson, ROOT } from './host.ts';

const info = { name: 'host', version: '1.0.0' };

interface Start {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
}

let home: Awaited<ReturnType<typeof createHome>>;
let server: { command: string; args: string[] };
beforeAll(async () => {
  home = await createHome();
  server = await readMcpJson();
});
afterAll(() => home.remove());

async function useNew(start: Start, mode: 'auto' | 'legacy') {
  const client = new Client(info, { versionNegotiation: { mode } });
  await client.connect(new StdioClientTransport({ ...start, stderr: 'ignore' }));
  const { tools } = await client.listTools();
  const unknown = await client.callTool({ name: 'check_task', arguments: { task_id: 'nobody' } });
  await client.close();
  return { tools, unknown };
}

async function useOld(start: Start) {
  const client = new OldClient(info);
  await client.connect(new OldTransport({ ...start, stderr: 'ignore' }));
  const { tools } = await client.listTools();
  const unknown = await client.callTool({ name: 'check_task', arguments: { task_id: 'nobody' } });
  await client.close();
  return { tools, unknown };
}

describe('the server that mcp.json starts', () => {
  it.each([
    ['the current SDK', (start: Start) => useNew(start, 'auto')],
    ['the current SDK as most hosts use it', (start: Start) => useNew(start, 'legacy')],
    ['the SDK before', useOld],
  ])('serves a client built on %s, whatever Node the system has', async (_sdk, use) => {
    const { tools, unknown } = await use({ ...server, cwd: ROOT, env: home.env });

    expect(tools.map((tool) => tool.name)).toEqual(TOOLS);
    expect(unknown.isError).toBe(true);
    expect(JSON.stringify(unknown.content)).toContain('UNKNOWN_TASK');
  });

  it('starts in any directory once its two paths are absolute, for hosts that start servers in /', async () => {
    const [script = '', ...args] = server.args;
    const absolute = { command: resolve(ROOT, server.command), args: [resolve(ROOT, script), ...args] };

    const { tools } = await useNew({ ...absolute, cwd: '/', env: home.env }, 'auto');

    expect(tools.map((tool) => tool.name)).toEqual(TOOLS);
  });
});
