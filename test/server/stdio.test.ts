import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SCENARIO } from '../fakes/use-cases.ts';
import { stdioCommand } from './doors.ts';

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function start() {
  const { command, args } = stdioCommand();
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  running.push(child);
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString('utf8')));
  const says = (words: string) => vi.waitFor(() => expect(said.stdout).toContain(words), 20_000);
  return { child, said, says, closed: once(child, 'close') };
}

const lines = (...messages: object[]) => messages.map((message) => `${JSON.stringify(message)}\n`).join('');

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1.0.0' },
  },
};
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };
const endlessCall = {
  jsonrpc: '2.0',
  id: 2,
  method: 'tools/call',
  params: { name: 'check_task', arguments: { task_id: SCENARIO.endless }, _meta: { progressToken: 'p' } },
};

describe('serveStdio', () => {
  it('answers what was piped in, writes nothing but JSON-RPC to stdout, and ends with its input', async () => {
    const { child, said, closed } = start();

    child.stdin.end(lines(initialize, initialized, { jsonrpc: '2.0', id: 2, method: 'tools/list' }));

    await expect(closed).resolves.toEqual([0, null]);
    const answers = said.stdout.trim().split('\n');
    expect(answers.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ jsonrpc: '2.0', id: 1 }),
      expect.objectContaining({ jsonrpc: '2.0', id: 2 }),
    ]);
  });

  it('ends the waits of its calls when the input ends, then itself', async () => {
    const { child, said, says, closed } = start();
    child.stdin.write(lines(initialize, initialized, endlessCall));
    await says('notifications/progress');

    child.stdin.end();

    await expect(closed).resolves.toEqual([0, null]);
    expect(said.stderr).toContain('"kind":"aborted"');
  });

  it('answers the calls that wait when it is asked to stop, then ends', async () => {
    const { child, said, says, closed } = start();
    child.stdin.write(lines(initialize, initialized, endlessCall));
    await says('notifications/progress');

    child.kill('SIGTERM');

    await expect(closed).resolves.toEqual([0, null]);
    const last = said.stdout.trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ id: 2, result: { isError: true } });
    expect(last).toContain('The server is stopping');
  });

  it('ends when nobody reads its output any more', async () => {
    const { child, says, closed } = start();
    child.stdin.write(lines(initialize, initialized, endlessCall));
    await says('notifications/progress');

    child.stdout.destroy();
    child.stdin.write(lines({ jsonrpc: '2.0', id: 3, method: 'tools/list' }));

    await expect(closed).resolves.toEqual([0, null]);
  });

  it('survives a line that is not JSON, and hangs up on one without end', async () => {
    const { child, says, closed } = start();
    child.stdin.on('error', () => undefined);
    child.stdin.write(`not json\n${lines(initialize)}`);
    await says('"id":1');

    child.stdin.write('x'.repeat(2 * 1024 * 1024));

    await expect(closed).resolves.toEqual([0, null]);
  });
});
