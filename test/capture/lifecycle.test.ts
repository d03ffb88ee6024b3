import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Progress } from '../../src/ports.ts';
import { emptyAnalysis } from '../fakes/analysis.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { quietCall } from '../fakes/orchestrator.ts';

const bench = createBench();

function audit(session = 'test'): Record<string, unknown>[] {
  return readFileSync(join(bench.dir, 'audit', `orchestrator_tasks_${session}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('one capture', () => {
  it('goes from request to report inside check_task and leaves nothing in Azure', async () => {
    const one = await bench.start();
    const begun = await one.startCapture(ask({ investigation_context: 'slow web' }), quietCall);

    const ended = await one.checkTask(check(begun.task_id), quietCall);

    expect(begun).toMatchObject({ status: 'task_pending', next: expect.stringContaining('check_task') });
    expect(ended).toMatchObject({
      status: 'task_completed',
      state: 'completed',
      cleaned_up: true,
      progress: 1,
    });
    expect(ended.analysis?.report).toContain('Executive Summary');
    expect(bench.azure.sessions.size).toBe(0);
    expect(existsSync(ended.capture_path ?? '')).toBe(true);
  });

  it('writes every transition to the audit file, in order and without a gap', async () => {
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask({ session_id: 'case-7' }), quietCall);
    await one.checkTask(check(task_id), quietCall);

    const lines = audit('case-7');

    expect(lines.map((line) => line['seq'])).toEqual(lines.map((_, index) => index + 1));
    expect([...new Set(lines.map((line) => line['state']))]).toEqual([
      'requested',
      'provisioning',
      'capturing',
      'downloading',
      'cleaning',
      'analyzing',
      'completed',
    ]);
    expect(lines.at(-1)).toMatchObject({
      status: 'task_completed',
      intent: 'capture_traffic',
      report_path: expect.any(String),
    });
  });

  it('tells its caller how far the analysis is', async () => {
    const one = await bench.start({
      analyze: async (_, call) => {
        for (const fraction of [0.25, 0.75]) {
          call.progress({ fraction, message: `analysed to ${fraction}` });
          await bench.clock.sleep(2000);
        }
        return emptyAnalysis();
      },
    });
    const { task_id } = await one.startCapture(ask(), quietCall);
    const told = new Map<string, number | null>();
    const progress = ({ fraction, message }: Progress): unknown => told.set(message, fraction);

    await one.checkTask(check(task_id), { ...quietCall, progress });

    expect(told.get('analysed to 0.75')).toBeCloseTo(0.8 + 0.19 * 0.75);
    expect([...told.values()]).toEqual([...told.values()].toSorted((a, b) => Number(a) - Number(b)));
  });

  it('answers task_pending with the next time to ask when the wait ends first', async () => {
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 300 }), quietCall);

    const pending = await one.checkTask(check(task_id, 20), quietCall);

    expect(pending).toMatchObject({
      status: 'task_pending',
      state: 'capturing',
      provisioning_state: 'Succeeded',
      capture_status: 'Running',
    });
    expect(pending.next_check_seconds).toBeGreaterThan(200);
    expect(pending.eta_seconds).toBeGreaterThan(pending.next_check_seconds ?? 0);
  });

  it('is driven to the end of its cleaning by the timer when its agent never comes back', async () => {
    const one = await bench.start();
    one.driver.start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    await bench.clock.sleep(120_000);

    expect((await one.store.get(task_id))?.task.state).toBe('analyzing');
    expect(bench.azure.sessions.size).toBe(0);
  });

  it('analyses by itself only where auto_analyze was asked for', async () => {
    const one = await bench.start();
    one.driver.start();
    const { task_id } = await one.startCapture(ask({ auto_analyze: true }), quietCall);

    await bench.clock.sleep(180_000);

    expect((await one.store.get(task_id))?.task.state).toBe('completed');
  });
});

describe('refusals', () => {
  it('gives the same task for the same request_id and refuses it with other arguments', async () => {
    const one = await bench.start();
    const first = await one.startCapture(ask({ request_id: 'r1' }), quietCall);

    const second = await one.startCapture(ask({ request_id: 'r1', session_id: 'other' }), quietCall);

    expect(second.task_id).toBe(first.task_id);
    await expect(
      one.startCapture(ask({ request_id: 'r1', duration_seconds: 31 }), quietCall),
    ).rejects.toMatchObject({
      code: 'REQUEST_ID_REUSED',
      message: expect.stringContaining('duration_seconds'),
    });
    expect(bench.azure.creations).toHaveLength(1);
  });

  it('refuses a second capture on the VM while one is active and names the task that holds it', async () => {
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    await expect(one.startCapture(ask({ target: 'WEB-01' }), quietCall)).rejects.toMatchObject({
      code: 'VM_BUSY',
      message: expect.stringContaining(task_id),
    });
    await one.checkTask(check(task_id), quietCall);
    await expect(one.startCapture(ask(), quietCall)).resolves.toMatchObject({ status: 'task_pending' });
  });

  it('lets only one of many simultaneous requests have the VM', async () => {
    const one = await bench.start();
    const two = await bench.start();

    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? one : two).startCapture(ask(), quietCall)),
    );

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await bench.clock.sleep(10_000);
    expect(bench.azure.creations).toHaveLength(1);
  });

  it('answers an unknown task with the way on', async () => {
    const one = await bench.start();

    await expect(one.checkTask(check('nope'), quietCall)).rejects.toMatchObject({ code: 'UNKNOWN_TASK' });
  });
});
