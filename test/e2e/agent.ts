import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { z } from 'zod';
import { AnalyzeView, CleanupView, StartView, StopView, TaskView } from '../../src/domain/views.ts';
import { ROOT } from './host.ts';

/** An agent at the real server over stdio; one whose person can be asked has their word for every question. */
export async function openAgent(
  environment: Record<string, string>,
  person: { mode: 'auto' | 'legacy'; agrees: (question: string) => boolean } | null = null,
) {
  const transport = new StdioClientTransport({
    command: join(ROOT, 'node_modules/.bin/node'),
    args: ['src/main.ts', 'serve', '--stdio'],
    cwd: ROOT,
    env: environment,
    stderr: 'ignore',
  });
  const client = new Client(
    { name: 'agent', version: '1' },
    {
      capabilities: person === null ? {} : { elicitation: { form: {} } },
      versionNegotiation: { mode: person?.mode ?? 'auto' },
    },
  );
  if (person !== null) {
    client.setRequestHandler('elicitation/create', async ({ params }) => ({
      action: person.agrees(params.message) ? 'accept' : 'decline',
      content: { approve: true },
    }));
  }
  await client.connect(transport);
  const call = async <T extends z.ZodType>(name: string, args: Record<string, unknown>, view: T) => {
    const result = await client.callTool({ name, arguments: args }, { timeout: 300_000 });
    if (result.isError === true) {
      throw new Error(JSON.stringify(result.content));
    }
    return view.parse(result.structuredContent);
  };
  return {
    start: async (args: Record<string, unknown>): Promise<TaskView> => {
      const {
        plan: _plan,
        tasks: _tasks,
        approval: _approval,
        ...task
      } = await call('start_capture', args, StartView);
      return TaskView.parse(task);
    },
    /** Whatever start_capture answers, also that it waits for an approval. */
    request: (args: Record<string, unknown>) => call('start_capture', args, StartView),
    dryRun: (args: Record<string, unknown>) => call('start_capture', { ...args, dry_run: true }, StartView),
    check: (task_id: string, wait_seconds = 120) => call('check_task', { task_id, wait_seconds }, TaskView),
    stop: (args: Record<string, unknown>) => call('stop_capture', args, StopView),
    analyze: (args: Record<string, unknown>) => call('analyze_pcap', args, AnalyzeView),
    cleanup: (args: Record<string, unknown>) => call('cleanup_orphans', args, CleanupView),
    /** The text of a refusal; fails where the tool did not refuse. */
    refusal: async (name: string, args: Record<string, unknown>): Promise<string> => {
      const result = await client.callTool({ name, arguments: args }, { timeout: 60_000 });
      if (result.isError !== true) {
        throw new Error(`${name} did not refuse: ${JSON.stringify(result.structuredContent)}`);
      }
      return JSON.stringify(result.content);
    },
    kill: () => {
      if (transport.pid !== null) {
        process.kill(transport.pid, 'SIGKILL');
      }
    },
    close: () => client.close(),
  };
}

export type Agent = Awaited<ReturnType<typeof openAgent>>;
