import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, it } from 'vitest';
import { RESULT_TASK } from '../fakes/results.ts';
import { completedTaskView, SCENARIO } from '../fakes/use-cases.ts';
import { startHttp, stdioCommand } from './doors.ts';

async function overHttp() {
  const { server } = await startHttp();
  return { transport: new StreamableHTTPClientTransport(new URL(server.url)), stop: () => server.close() };
}

async function overStdio() {
  return { transport: new StdioClientTransport(stdioCommand()), stop: () => Promise.resolve() };
}

describe.each([
  ['HTTP', overHttp],
  ['stdio', overStdio],
])('a client built on the SDK before this one, over %s', (_transport, open) => {
  it('lists the tools, accepts their output schemas, and reads answers and errors', async () => {
    const { transport, stop } = await open();
    const client = new Client({ name: 'old', version: '1.0.0' });
    await client.connect(transport);

    const { tools } = await client.listTools();
    const done = await client.callTool({ name: 'check_task', arguments: { task_id: SCENARIO.done } });
    const refused = await client.callTool({ name: 'check_task', arguments: { id: 'x' } });

    expect(tools).toHaveLength(6);
    expect(done.structuredContent).toEqual(completedTaskView());
    expect(refused.isError).toBe(true);
    expect(JSON.stringify(refused.content)).toContain('task_id');

    await client.close();
    await stop();
  });

  it('lists, completes and reads the results of tasks, and hears why one can not be read', async () => {
    const { transport, stop } = await open();
    const client = new Client({ name: 'old', version: '1.0.0' });
    await client.connect(transport);

    const { resourceTemplates } = await client.listResourceTemplates();
    const { contents } = await client.readResource({ uri: `capwright://tasks/${RESULT_TASK}/attempts/1/x` });
    const { completion } = await client.complete({
      ref: { type: 'ref/resource', uri: 'capwright://tasks/{id}' },
      argument: { name: 'id', value: 'task-d' },
    });

    expect(resourceTemplates.length).toBeGreaterThan(8);
    expect(contents).toMatchObject([{ text: 'attempt 1 x' }]);
    expect(completion.values).toEqual([RESULT_TASK]);
    await expect(client.readResource({ uri: 'capwright://tasks/nobody' })).rejects.toThrow('UNKNOWN_TASK');

    await client.close();
    await stop();
  });
});
