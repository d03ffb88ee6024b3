import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RESULT_TASK } from '../fakes/results.ts';
import { SCENARIO } from '../fakes/use-cases.ts';
import { startHttp, stdioCommand, TOOLS } from '../server/doors.ts';
import { createHome, ROOT } from './host.ts';

const INSPECTOR = join(ROOT, 'node_modules/.bin/mcp-inspector');
/** What the Inspector exits with when a tool says isError. */
const TOOL_ERROR = 5;
const asJson = ['--format', 'json', '-q'];

let home: Awaited<ReturnType<typeof createHome>>;
beforeAll(async () => {
  home = await createHome();
});
const running: ChildProcess[] = [];
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await home.remove();
});

/** Runs the Inspector as a person would at a shell, and never rejects. */
function inspect(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...home.env, MCP_INSPECTOR_SECRET_STORE: 'memory' };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [INSPECTOR, '--cli', ...args],
      { cwd: ROOT, env, timeout: 60_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** The real server on a free port, as `capwright serve --http` starts it. */
async function serveHttpForReal() {
  const child = spawn(process.execPath, ['src/main.ts', 'serve', '--http', '--port', '0'], {
    cwd: ROOT,
    env: home.env,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  running.push(child);
  for await (const line of createInterface({ input: child.stderr })) {
    const url = /http:\/\/127\.0\.0\.1:\d+\/mcp/.exec(line)?.[0];
    if (url !== undefined) return { url, stop: () => stop(child) };
  }
  throw new Error('the server never said where it listens');
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

describe('the Inspector', () => {
  it('finds nothing to complain about in the tools of the server that mcp.json starts', async () => {
    const started = ['--config', './mcp.json', '--server', 'capwright'];

    const listed = await inspect(...started, '--method', 'tools/list', '--strict', ...asJson);

    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(listed.stdout)).toMatchObject({ result: { tools: TOOLS.map((name) => ({ name })) } });
  });

  it('lists and calls the tools of the real server over HTTP, in both eras', async () => {
    const { url, stop } = await serveHttpForReal();
    const call = ['--method', 'tools/call', '--tool-name', 'check_task', '--tool-arg', 'task_id=nobody'];

    const [listed, called] = await Promise.all([
      inspect(url, '--protocol-era', 'modern', '--method', 'tools/list', ...asJson),
      inspect(url, '--protocol-era', 'legacy', ...call),
    ]);
    await stop();

    expect(listed.code).toBe(0);
    expect(JSON.parse(listed.stdout)).toMatchObject({ result: { tools: TOOLS.map((name) => ({ name })) } });
    expect(called).toMatchObject({ code: TOOL_ERROR, stdout: expect.stringContaining('UNKNOWN_TASK') });
  });

  it('calls every tool over HTTP and stdio and reads its answer', { timeout: 180_000 }, async () => {
    const { server } = await startHttp();
    const { command, args } = stdioCommand();
    const calls = [
      ['start_capture', 'target=web-1', 'task_pending'],
      ['check_task', `task_id=${SCENARIO.done}`, 'task_completed'],
      ['stop_capture', 'task_id=task-1', 'Stopped'],
      ['list_tasks', 'limit=1', 'task-1'],
      ['analyze_pcap', 'pcap_path=captures/mixed.cap', 'port_scan'],
      ['cleanup_orphans', 'plan_id=plan-1', 'capwright-sandbox-1'],
    ] as const;

    for (const [tool, argument, expected] of calls) {
      const call = ['--method', 'tools/call', '--tool-name', tool, '--tool-arg', argument];
      const answers = await Promise.all([inspect(server.url, ...call), inspect(command, ...args, ...call)]);
      for (const { code, stdout } of answers) {
        expect(stdout).toContain(expected);
        expect(code).toBe(0);
      }
    }
    await server.close();
  });

  it('lists and reads the results of tasks in both eras', { timeout: 180_000 }, async () => {
    const { server } = await startHttp();
    const uri = `capwright://tasks/${RESULT_TASK}/script`;
    const era = (name: string, ...args: string[]) => inspect(server.url, '--protocol-era', name, ...args);

    const [templates, modern, legacy, missing] = await Promise.all([
      era('modern', '--method', 'resources/templates/list', ...asJson),
      era('modern', '--method', 'resources/read', '--uri', uri),
      era('legacy', '--method', 'resources/read', '--uri', uri),
      era('modern', '--method', 'resources/read', '--uri', 'capwright://tasks/nobody/script'),
    ]);
    await server.close();

    expect(templates.stdout).toContain('capwright://tasks/{id}/attempts/{n}/{file}');
    for (const { code, stdout } of [modern, legacy]) {
      expect(stdout).toContain('read script');
      expect(code).toBe(0);
    }
    expect(missing.code).not.toBe(0);
    expect(missing.stdout + missing.stderr).toContain('UNKNOWN_TASK');
  });
});
