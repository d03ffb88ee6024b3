import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CapwrightError } from '../../src/domain/errors.ts';
import type { TaskStore } from '../../src/ports.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { openOrchestrator, quietCall } from '../fakes/orchestrator.ts';

const bench = createBench();

const refusal = (code: 'FORBIDDEN' | 'MODEL_UNAVAILABLE' | 'SANDBOX_UNAVAILABLE') =>
  new CapwrightError(code, 'refused', 'help');

function lockAzure(): void {
  bench.azure.knobs.mishap = (call, _n, phase) => {
    if (call === 'deleteCapture' && phase === 'before') {
      throw refusal('FORBIDDEN');
    }
  };
}

describe('an audit file that cannot be written', () => {
  it('stops nothing, and gets its lines once it can', async () => {
    const file = join(bench.dir, 'audit', 'orchestrator_tasks_test.jsonl');
    const one = await bench.start();
    mkdirSync(file, { recursive: true });
    one.driver.start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    await bench.clock.sleep(120_000);
    const cleaned = await one.store.get(task_id);
    rmSync(file, { recursive: true });
    await bench.clock.sleep(5000);

    expect(cleaned?.task.state).toBe('analyzing');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength((await one.store.journal(task_id)).length);
  });
});

describe('an analysis', () => {
  it('that fails while cleaning is hindered is not begun again before cleaning is over', async () => {
    lockAzure();
    let analyses = 0;
    const one = await bench.start({
      analyze: async () => {
        analyses += 1;
        throw refusal('SANDBOX_UNAVAILABLE');
      },
    });
    const { task_id } = await one.startCapture(ask(), quietCall);

    await one.checkTask(check(task_id), quietCall);

    expect(analyses).toBe(1);
  });

  it('that fails is told at once, whatever went wrong in the states before', async () => {
    let hindrances = 3;
    bench.azure.knobs.mishap = (call, _n, phase) => {
      if (call === 'ensureCapture' && phase === 'before' && hindrances-- > 0) {
        throw new CapwrightError('AZURE_BUSY', 'busy', 'wait');
      }
    };
    let analyses = 0;
    const one = await bench.start({
      analyze: async () => {
        analyses += 1;
        throw refusal('MODEL_UNAVAILABLE');
      },
    });
    const { task_id } = await one.startCapture(ask(), quietCall);
    await one.checkTask(check(task_id, 20), quietCall);

    await expect(one.checkTask(check(task_id), quietCall)).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE',
    });
    expect(analyses).toBe(1);
  });

  it('that ends after its task was cancelled changes nothing of it', async () => {
    const one = await bench.start({
      analyze: async () => {
        await bench.clock.sleep(60_000);
        throw refusal('MODEL_UNAVAILABLE');
      },
    });
    one.driver.start();
    const { task_id } = await one.startCapture(ask(), quietCall);
    await one.checkTask(check(task_id, 60), quietCall);
    await one.discard(task_id);
    const cancelled = await one.checkTask(check(task_id), quietCall);

    await bench.clock.sleep(120_000);

    const row = await one.store.get(task_id);
    expect(cancelled.status).toBe('task_cancelled');
    expect(row).toMatchObject({ owner: null, task: { lastFailure: null, failures: 0 } });
    expect((await one.store.journal(task_id)).at(-1)?.event.type).toBe('cancel_requested');
  });

  it('whose results were removed leaves a task that can still be read, and says what to call', async () => {
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask(), quietCall);
    const ended = await one.checkTask(check(task_id), quietCall);
    writeFileSync(ended.analysis?.analysis_path ?? '', 'damaged');

    expect(await one.checkTask(check(task_id), quietCall)).toMatchObject({
      status: 'task_completed',
      analysis: null,
      next: expect.stringContaining('analyze_pcap'),
    });
  });
});

describe('a cancelled creation', () => {
  it('keeps the VM until a request that is still under way can no longer arrive', async () => {
    bench.azure.knobs.mishap = (call, _n, phase) => {
      if (call === 'ensureCapture' && phase === 'before') {
        throw new CapwrightError('AZURE_UNAVAILABLE', 'no answer', 'again');
      }
    };
    const one = await bench.start();
    one.driver.start();
    const { task_id } = await one.startCapture(ask(), quietCall);
    await one.discard(task_id);
    await bench.clock.sleep(3000);
    bench.azure.knobs.mishap = () => {};
    const late = await one.store.get(task_id);
    await bench.azure.cloud.ensureCapture(late?.task.plan ?? expect.fail(), quietCall.signal);

    await bench.clock.sleep(120_000);

    expect(late?.task.state).toBe('cleaning');
    expect((await one.store.get(task_id))?.task.state).toBe('cancelled');
    expect(bench.azure.sessions.size).toBe(0);
  });
});

describe('a capture that came after its task was cleaned up', () => {
  it('is an orphan although its task still waits for an analysis', async () => {
    const one = await bench.start();
    one.driver.start();
    const { task_id, capture_name } = await one.startCapture(ask(), quietCall);
    await bench.clock.sleep(120_000);
    const row = (await one.store.get(task_id)) ?? expect.fail();
    await bench.azure.cloud.ensureCapture(row.task.plan, quietCall.signal);

    const { items } = await one.cleanupOrphans({}, quietCall);

    expect(row.task.state).toBe('analyzing');
    expect(items).toMatchObject([{ kind: 'azure_capture', name: capture_name, action: 'delete' }]);
  });
});

describe('a file whose path Azure chose', () => {
  it('is named by it to the caller and in the audit', async () => {
    const chosen = 'https://acct.blob.core.windows.net/network-watcher-logs/chosen.cap';
    bench.azure.knobs.reading = { storagePath: chosen };
    bench.azure.blobs.set(chosen, Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex'));
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    const ended = await one.checkTask(check(task_id), quietCall);

    expect(ended.blob_url).toBe(chosen);
    const audit = readFileSync(join(bench.dir, 'audit', 'orchestrator_tasks_test.jsonl'), 'utf8');
    expect(JSON.parse(audit.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ blob_path: chosen });
  });
});

describe('two calls with one request_id at once', () => {
  it('get one task, and the one with other arguments is refused', async () => {
    const gate = Promise.withResolvers<void>();
    const late = (store: TaskStore): TaskStore => ({
      ...store,
      createAll: async (...call) => {
        await gate.promise;
        return store.createAll(...call);
      },
    });
    const one = await bench.start();
    const two = await bench.start({ wrapStore: late });
    const other = two.startCapture(ask({ request_id: 'r', duration_seconds: 31 }), quietCall);
    const same = two.startCapture(ask({ request_id: 'r' }), quietCall);
    await bench.clock.sleep(1);
    const first = await one.startCapture(ask({ request_id: 'r' }), quietCall);
    gate.resolve();

    await expect(other).rejects.toMatchObject({ code: 'REQUEST_ID_REUSED' });
    expect((await same).task_id).toBe(first.task_id);
  });

  it('never hear that their own task holds the VM', async () => {
    const one = await bench.start();
    const two = await bench.start({ wrapStore: (store) => ({ ...store, byRequest: async () => null }) });
    const first = await one.startCapture(ask({ request_id: 'r' }), quietCall);

    expect((await two.startCapture(ask({ request_id: 'r' }), quietCall)).task_id).toBe(first.task_id);
  });
});

describe('a state directory that was moved', () => {
  it('keeps no task of the process that died in its old place', async () => {
    const { clock, azure } = bench;
    const one = await openOrchestrator({ dir: bench.dir, clock, cloud: azure.cloud });
    const { task_id } = await one.startCapture(ask(), quietCall);
    await one.abandon();
    const old = bench.dir;
    bench.dir = `${old}-moved`;
    renameSync(old, bench.dir);
    const two = await bench.start();

    const ended = await two.checkTask(check(task_id), quietCall);
    renameSync(bench.dir, old);

    expect(ended.status).toBe('task_completed');
  });
});
