import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskView } from '../../src/domain/views.ts';
import { openAgent, type Agent } from './agent.ts';
import { createHome } from './host.ts';
import { openAzure } from './local-azure.ts';

let azure: Awaited<ReturnType<typeof openAzure>>;
let home: Awaited<ReturnType<typeof createHome>>;
let agent: Agent;

beforeAll(async () => {
  azure = await openAzure();
  home = await createHome();
  agent = await openAgent({
    ...home.env,
    ...azure.environment,
    CAPWRIGHT_POLL_SECONDS: '0.5',
    CAPWRIGHT_DELETE_BLOBS: 'true',
  });
});
afterAll(async () => {
  await agent.close().catch(() => {});
  await azure.stop();
  await home.remove();
});

const request = (change: Record<string, unknown>) => ({
  resource_group: azure.connection.resourceGroup,
  duration_seconds: 3,
  llm: 'off',
  ...change,
});

async function ended(id: string): Promise<TaskView> {
  const view = await agent.check(id);
  return view.status === 'task_pending' ? ended(id) : view;
}

async function running(id: string): Promise<TaskView> {
  const view = await agent.check(id, 1);
  return view.capture_status === 'Running' ? view : running(id);
}

/** A blob of that task can be read no more, by the same credentials that downloaded it. */
async function expectGone(task: TaskView): Promise<void> {
  const refusal = await agent.refusal('analyze_pcap', { blob_url: task.blob_url ?? '', llm: 'off' });
  expect(refusal).toContain('BLOB_MISSING');
}

describe('a session of many files on Local Azure', { timeout: 240_000 }, () => {
  it('brings those of the instances that were asked for, reports them as one, and deletes its blobs', async () => {
    const begun = await agent.start(
      request({ target: 'web-set', target_type: 'AzureVMSS', exclude_instances: ['1'] }),
    );

    const done = await ended(begun.task_id);

    expect(done).toMatchObject({ status: 'task_completed', cleaned_up: true, blob_kept: false });
    expect(done.files).toHaveLength(2);
    expect(new Set(done.files.map(({ instance }) => instance)).size).toBe(2);
    expect(done.missing_instances).toEqual([]);
    for (const { path, bytes } of done.files) {
      expect(statSync(path)).toMatchObject({ size: bytes });
      expect(readFileSync(path).subarray(0, 4).toString('hex')).toBe('d4c3b2a1');
    }
    expect(done.analysis?.findings_total).toBeGreaterThan(0);
    expect((await azure.captures()).map(({ name }) => name)).not.toContain(done.capture_name);
    await expectGone(done);
  });

  it('runs as a ring until it is stopped, and keeps the last files', async () => {
    const begun = await agent.start(
      request({
        target: 'web-01',
        duration_seconds: undefined,
        continuous: { file_count: 3, file_bytes: 1_000_000 },
      }),
    );
    const during = await running(begun.task_id);

    await agent.stop({ task_id: begun.task_id });
    const done = await ended(begun.task_id);

    expect(during).toMatchObject({ duration_seconds: 86_400, eta_seconds: null });
    expect(done).toMatchObject({ status: 'task_completed', stop_reason: 'Manual', blob_kept: false });
    expect(done.files.length).toBeGreaterThan(0);
    expect(done.files.length).toBeLessThanOrEqual(3);
    expect(done.analysis?.capture.packets).toBeGreaterThan(0);
    await expectGone(done);
  });
});
