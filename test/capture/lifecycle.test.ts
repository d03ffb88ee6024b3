import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartCaptureInput } from '../../src/domain/inputs.ts';
import { CapwrightError } from '../../src/domain/errors.ts';
import { createFakeClock } from '../fakes/clock.ts';
import { createFakeCloud } from '../fakes/cloud.ts';
import { emptyAnalysis } from '../fakes/analysis.ts';
import { openOrchestrator, quietCall, stateDir, type Orchestrator } from '../fakes/orchestrator.ts';

const ask = (change: Record<string, unknown> = {}) =>
  StartCaptureInput.parse({ target: 'web-01', resource_group: 'rg', duration_seconds: 30, ...change });
const check = (task_id: string, wait_seconds = 240) => ({ task_id, wait_seconds });

let dir: ReturnType<typeof stateDir>;
let clock: ReturnType<typeof createFakeClock>;
let azure: ReturnType<typeof createFakeCloud>;
let open: Orchestrator[];

beforeEach(() => {
  dir = stateDir();
  clock = createFakeClock();
  azure = createFakeCloud(clock);
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((one) => one.die()));
  dir.remove();
});

async function start(options: Partial<Parameters<typeof openOrchestrator>[0]> = {}): Promise<Orchestrator> {
  const one = await openOrchestrator({ dir: dir.path, clock, cloud: azure.cloud, ...options });
  open.push(one);
  return one;
}

function audit(session = 'test'): Record<string, unknown>[] {
  return readFileSync(join(dir.path, 'audit', `orchestrator_tasks_${session}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('one capture', () => {
  it('goes from request to report inside check_task and leaves nothing in Azure', async () => {
    const one = await start();
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
    expect(azure.sessions.size).toBe(0);
    expect(existsSync(ended.capture_path ?? '')).toBe(true);
  });

  it('writes every transition to the audit file, in order and without a gap', async () => {
    const one = await start();
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

  it('answers task_pending with the next time to ask when the wait ends first', async () => {
    const one = await start();
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
    const one = await start();
    one.driver.start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    await clock.sleep(120_000);

    expect((await one.store.get(task_id))?.task.state).toBe('analyzing');
    expect(azure.sessions.size).toBe(0);
  });

  it('analyses by itself only where auto_analyze was asked for', async () => {
    const one = await start();
    one.driver.start();
    const { task_id } = await one.startCapture(ask({ auto_analyze: true }), quietCall);

    await clock.sleep(180_000);

    expect((await one.store.get(task_id))?.task.state).toBe('completed');
  });
});

describe('refusals', () => {
  it('gives the same task for the same request_id and refuses it with other arguments', async () => {
    const one = await start();
    const first = await one.startCapture(ask({ request_id: 'r1' }), quietCall);

    const second = await one.startCapture(ask({ request_id: 'r1', session_id: 'other' }), quietCall);

    expect(second.task_id).toBe(first.task_id);
    await expect(
      one.startCapture(ask({ request_id: 'r1', duration_seconds: 31 }), quietCall),
    ).rejects.toMatchObject({
      code: 'REQUEST_ID_REUSED',
      message: expect.stringContaining('duration_seconds'),
    });
    expect(azure.creations).toHaveLength(1);
  });

  it('refuses a second capture on the VM while one is active and names the task that holds it', async () => {
    const one = await start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    await expect(one.startCapture(ask({ target: 'WEB-01' }), quietCall)).rejects.toMatchObject({
      code: 'VM_BUSY',
      message: expect.stringContaining(task_id),
    });
    await one.checkTask(check(task_id), quietCall);
    await expect(one.startCapture(ask(), quietCall)).resolves.toMatchObject({ status: 'task_pending' });
  });

  it('lets only one of many simultaneous requests have the VM', async () => {
    const one = await start();
    const two = await start();

    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? one : two).startCapture(ask(), quietCall)),
    );

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await clock.sleep(10_000);
    expect(azure.creations).toHaveLength(1);
  });

  it('answers an unknown task with the way on', async () => {
    const one = await start();

    await expect(one.checkTask(check('nope'), quietCall)).rejects.toMatchObject({ code: 'UNKNOWN_TASK' });
  });
});

describe('troubles', () => {
  it('deletes the capture and names the cause when Azure could not write the file', async () => {
    azure.knobs.reading = { status: 'Stopped', errors: ['StorageFailed'] };
    const one = await start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    const ended = await one.checkTask(check(task_id), quietCall);

    expect(ended).toMatchObject({
      status: 'task_failed',
      problem: { code: 'CAPTURE_FAILED' },
      cleaned_up: true,
    });
    expect(azure.sessions.size).toBe(0);
  });

  it('stops a session that outlives its limit', async () => {
    azure.knobs.neverStops = true;
    const one = await start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    const ended = await one.checkTask(check(task_id), quietCall);

    expect(azure.seen.calls).toContain('stopCapture');
    expect(ended.status).toBe('task_completed');
  });

  it('gives up waiting for a file that never comes, cleans up, and says so', async () => {
    azure.knobs.withoutBlob = true;
    const one = await start();
    one.driver.start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    await clock.sleep(1_200_000);

    expect((await one.store.get(task_id))?.task).toMatchObject({
      state: 'timed_out',
      failure: { code: 'BLOB_MISSING' },
    });
    expect(azure.sessions.size).toBe(0);
  });

  it('goes on cleaning up for as long as it takes, and analyses meanwhile', async () => {
    let refusals = 12;
    azure.knobs.mishap = (call, _n, phase) => {
      if (call === 'deleteCapture' && phase === 'before' && refusals-- > 0) {
        throw new CapwrightError('FORBIDDEN', 'a lock', 'remove the lock');
      }
    };
    let analyses = 0;
    const one = await start({
      analyze: async () => {
        analyses += 1;
        expect(azure.sessions.size).toBe(1);
        return emptyAnalysis();
      },
    });
    one.driver.start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    const pending = await one.checkTask(check(task_id), quietCall);
    await clock.sleep(3_600_000);

    expect(pending).toMatchObject({ state: 'cleaning', problem: { code: 'FORBIDDEN' } });
    expect((await one.store.get(task_id))?.task.state).toBe('completed');
    expect(azure.sessions.size).toBe(0);
    expect(analyses).toBe(1);
  });

  it('keeps the capture and tells the way on when the sandbox is missing, then goes on', async () => {
    let missing = true;
    const one = await start({
      analyze: async () => {
        if (missing) {
          throw new CapwrightError('SANDBOX_UNAVAILABLE', 'Docker is not running.', 'Run npm run setup.');
        }
        return emptyAnalysis();
      },
    });
    const { task_id } = await one.startCapture(ask(), quietCall);

    await expect(one.checkTask(check(task_id), quietCall)).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
      message: expect.stringContaining('safe'),
      next: expect.stringContaining('npm run setup'),
    });
    missing = false;
    expect(await one.checkTask(check(task_id), quietCall)).toMatchObject({ status: 'task_completed' });
  });

  it('runs one analysis however many calls wait for it', async () => {
    let analyses = 0;
    const one = await start({
      analyze: async () => {
        analyses += 1;
        await clock.sleep(20_000);
        return emptyAnalysis();
      },
    });
    const { task_id } = await one.startCapture(ask(), quietCall);

    const answers = await Promise.all([1, 2, 3].map(() => one.checkTask(check(task_id), quietCall)));

    expect(answers.map(({ status }) => status)).toEqual(Array(3).fill('task_completed'));
    expect(analyses).toBe(1);
  });

  it('cancels for real: the session is stopped, deleted, and not downloaded', async () => {
    const one = await start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 3000 }), quietCall);
    await one.checkTask(check(task_id, 10), quietCall);

    await one.cancelTask(task_id);
    const ended = await one.checkTask(check(task_id), quietCall);

    expect(ended).toMatchObject({ status: 'task_cancelled', capture_path: null });
    expect(azure.seen.calls).toContain('stopCapture');
    expect(azure.sessions.size).toBe(0);
  });
});

describe('orphans', () => {
  it('plans first, deletes only what carries our deployment and no task, and never a foreign capture', async () => {
    const one = await start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 3000 }), quietCall);
    await one.checkTask(check(task_id, 10), quietCall);
    const running = [...azure.sessions.values()][0];
    const plant = (name: string): void => {
      if (running !== undefined) {
        azure.sessions.set(name, { ...running, plan: { ...running.plan, captureName: name } });
      }
    };
    plant(`capwright-${one.store.deploymentId}-gone`);
    plant('capwright-otherdep-task');
    plant('somebody-elses');

    const plan = await one.cleanupOrphans({}, quietCall);
    expect(azure.sessions.size).toBe(4);
    const done = await one.cleanupOrphans({ plan_id: plan.plan_id ?? '' }, quietCall);

    expect(plan.items.filter(({ action }) => action === 'delete')).toHaveLength(1);
    expect(done.items.filter(({ outcome }) => outcome === 'done').map(({ name }) => name)).toEqual([
      `capwright-${one.store.deploymentId}-gone`,
    ]);
    expect(azure.sessions.size).toBe(3);
    await expect(one.cleanupOrphans({ plan_id: 'x' }, quietCall)).rejects.toMatchObject({
      code: 'UNKNOWN_PLAN',
    });
  });
});
