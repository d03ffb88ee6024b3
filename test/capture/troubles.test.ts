import { describe, expect, it } from 'vitest';
import { CapwrightError } from '../../src/domain/errors.ts';
import { AnalyzeInput } from '../../src/domain/inputs.ts';
import { emptyAnalysis } from '../fakes/analysis.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { quietCall } from '../fakes/orchestrator.ts';

const bench = createBench();

describe('troubles', () => {
  it('deletes the capture and names the cause when Azure could not write the file', async () => {
    bench.azure.knobs.reading = { status: 'Stopped', errors: ['StorageFailed'] };
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    const ended = await one.checkTask(check(task_id), quietCall);

    expect(ended).toMatchObject({
      status: 'task_failed',
      problem: { code: 'CAPTURE_FAILED' },
      cleaned_up: true,
    });
    expect(bench.azure.sessions.size).toBe(0);
  });

  it('stops a session that outlives its limit', async () => {
    bench.azure.knobs.neverStops = true;
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    const ended = await one.checkTask(check(task_id), quietCall);

    expect(bench.azure.seen.calls).toContain('stopCapture');
    expect(ended.status).toBe('task_completed');
  });

  it('gives up waiting for a file that never comes, cleans up, and says so', async () => {
    bench.azure.knobs.withoutBlob = true;
    const one = await bench.start();
    one.driver.start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    await bench.clock.sleep(1_200_000);

    expect((await one.store.get(task_id))?.task).toMatchObject({
      state: 'timed_out',
      failure: { code: 'BLOB_MISSING' },
    });
    expect(bench.azure.sessions.size).toBe(0);
  });

  it('goes on cleaning up for as long as it takes, and analyses meanwhile', async () => {
    let refusals = 12;
    bench.azure.knobs.mishap = (call, _n, phase) => {
      if (call === 'deleteCapture' && phase === 'before' && refusals-- > 0) {
        throw new CapwrightError('FORBIDDEN', 'a lock', 'remove the lock');
      }
    };
    let analyses = 0;
    const one = await bench.start({
      analyze: async () => {
        analyses += 1;
        expect(bench.azure.sessions.size).toBe(1);
        return emptyAnalysis();
      },
    });
    one.driver.start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    const pending = await one.checkTask(check(task_id), quietCall);
    await bench.clock.sleep(3_600_000);

    expect(pending).toMatchObject({ state: 'cleaning', problem: { code: 'FORBIDDEN' } });
    expect((await one.store.get(task_id))?.task.state).toBe('completed');
    expect(bench.azure.sessions.size).toBe(0);
    expect(analyses).toBe(1);
  });

  it('keeps the capture and tells the way on when the sandbox is missing, then goes on', async () => {
    let missing = true;
    const one = await bench.start({
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

  it('waits for a sandbox, says so, and lets analyze_pcap bring an overview of its capture meanwhile', async () => {
    const one = await bench.start({
      analyze: async ({ withoutSandbox }) => {
        if (withoutSandbox !== 'overview') {
          throw new CapwrightError('SANDBOX_UNAVAILABLE', 'Docker is not running.', 'Run npm run setup.');
        }
        return emptyAnalysis({ partial: 'There is no sandbox.' });
      },
    });
    const { task_id } = await one.startCapture(ask(), quietCall);

    await expect(one.checkTask(check(task_id), quietCall)).rejects.toMatchObject({
      message: expect.stringContaining('Docker is not running.'),
      next: expect.stringMatching(/npm run setup.*analyze_pcap with that task_id gives an overview/),
    });
    const waiting = await one.checkTask(check(task_id, 0), quietCall);
    expect(waiting).toMatchObject({ state: 'analyzing', problem: { code: 'SANDBOX_UNAVAILABLE' } });
    expect(waiting.next).toContain('analyze_pcap with that task_id gives an overview');
    const overview = await one.analyzePcap(AnalyzeInput.parse({ task_id }), quietCall);
    expect(overview.analysis.partial).toBe('There is no sandbox.');
    expect(overview.next).toContain('overview without tshark');
    expect((await one.store.get(task_id))?.task.state).toBe('analyzing');
  });

  it.each([
    ['that is away', 'SANDBOX_UNAVAILABLE', () => 'Docker is not running.'],
    ['that others use', 'SANDBOX_BUSY', (tries: number) => `${tries} wait for it already.`],
  ] as const)(
    'waits for a sandbox %s with ever longer pauses, and says so once',
    async (_what, code, message) => {
      let tries = 0;
      let missing = true;
      const one = await bench.start({
        analyze: async () => {
          tries += 1;
          if (missing) {
            throw new CapwrightError(code, message(tries), 'Run npm run setup.');
          }
          return emptyAnalysis();
        },
      });
      one.driver.start();
      const { task_id } = await one.startCapture(ask({ auto_analyze: true }), quietCall);
      await bench.clock.sleep(600_000);
      const early = { lines: (await one.store.journal(task_id)).length, tries };

      await bench.clock.sleep(4_000_000);
      const later = { lines: (await one.store.journal(task_id)).length, tries };
      missing = false;
      await bench.clock.sleep(600_000);

      expect(later.lines).toBe(early.lines);
      expect(later.tries - early.tries).toBeGreaterThan(4);
      expect(later.tries - early.tries).toBeLessThan(12);
      expect((await one.store.get(task_id))?.task.state).toBe('completed');
    },
  );

  it('runs one analysis however many calls wait for it', async () => {
    let analyses = 0;
    const one = await bench.start({
      analyze: async () => {
        analyses += 1;
        await bench.clock.sleep(20_000);
        return emptyAnalysis();
      },
    });
    const { task_id } = await one.startCapture(ask(), quietCall);

    const answers = await Promise.all([1, 2, 3].map(() => one.checkTask(check(task_id), quietCall)));

    expect(answers.map(({ status }) => status)).toEqual(Array(3).fill('task_completed'));
    expect(analyses).toBe(1);
  });

  it('waits for credentials as long as it takes, and then goes on and cleans up', async () => {
    let expired = true;
    bench.azure.knobs.mishap = (call, _n, phase) => {
      if (call !== 'preflight' && call !== 'ensureCapture' && phase === 'before' && expired) {
        throw new CapwrightError('CREDENTIALS', 'The sign-in has expired.', 'az login');
      }
    };
    const one = await bench.start();
    one.driver.start();
    const { task_id } = await one.startCapture(ask(), quietCall);
    await bench.clock.sleep(24 * 3_600_000);

    const parked = await one.checkTask(check(task_id, 5), quietCall);
    expired = false;
    await bench.clock.sleep(600_000);
    const ended = await one.checkTask(check(task_id), quietCall);

    expect(parked).toMatchObject({
      status: 'task_pending',
      problem: { code: 'CREDENTIALS', turn: 'operator' },
      next: expect.stringContaining('Waiting for credentials'),
    });
    expect(ended).toMatchObject({ status: 'task_completed', cleaned_up: true });
    expect(bench.azure.sessions.size).toBe(0);
  });

  it('cancels for real: the session is stopped, deleted, and not downloaded', async () => {
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 3000 }), quietCall);
    await one.checkTask(check(task_id, 10), quietCall);

    await one.discard(task_id);
    const ended = await one.checkTask(check(task_id), quietCall);

    expect(ended).toMatchObject({ status: 'task_cancelled', capture_path: null });
    expect(bench.azure.seen.calls).toContain('stopCapture');
    expect(bench.azure.sessions.size).toBe(0);
  });
});

describe('orphans', () => {
  it('plans first, deletes only what carries our deployment and no task, and never a foreign capture', async () => {
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 3000 }), quietCall);
    await one.checkTask(check(task_id, 10), quietCall);
    const running = [...bench.azure.sessions.values()][0];
    const plant = (name: string): void => {
      if (running !== undefined) {
        bench.azure.sessions.set(name, { ...running, plan: { ...running.plan, captureName: name } });
      }
    };
    plant(`capwright-${one.store.deploymentId}-gone`);
    plant('capwright-otherdep-task');
    plant('somebody-elses');

    const plan = await one.cleanupOrphans({}, quietCall);
    expect(bench.azure.sessions.size).toBe(4);
    const done = await one.cleanupOrphans({ plan_id: plan.plan_id ?? '' }, quietCall);

    expect(plan.items.filter(({ action }) => action === 'delete')).toHaveLength(1);
    expect(done.items.filter(({ outcome }) => outcome === 'done').map(({ name }) => name)).toEqual([
      `capwright-${one.store.deploymentId}-gone`,
    ]);
    expect(bench.azure.sessions.size).toBe(3);
    await expect(one.cleanupOrphans({ plan_id: 'x' }, quietCall)).rejects.toMatchObject({
      code: 'UNKNOWN_PLAN',
    });
  });
});
