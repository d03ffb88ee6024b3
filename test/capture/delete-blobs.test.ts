import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CapwrightError } from '../../src/domain/errors.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { quietCall, type Orchestrator } from '../fakes/orchestrator.ts';

const bench = createBench();
const THEIRS = 'https://acct.blob.core.windows.net/captures/theirs.cap';

async function startOne(one: Orchestrator, change: Record<string, unknown> = {}): Promise<string> {
  const { task_id } = await one.startCapture(ask(change), quietCall);
  return task_id ?? '';
}

describe('blobs that go with the task', () => {
  it.each([['AzureVM'], ['AzureVMSS']])('are deleted once they are here: %s', async (target_type) => {
    const one = await bench.start({ deleteBlobs: true });
    const id = await startOne(one, { target_type });

    const ended = await one.checkTask(check(id), quietCall);

    expect(ended).toMatchObject({ status: 'task_completed', blob_kept: false });
    expect(bench.azure.blobs.size).toBe(0);
    expect(readdirSync(join(bench.dir, 'captures')).length).toBeGreaterThan(0);
  });

  it('stay as long as the download has not been verified', async () => {
    bench.azure.knobs.mishap = (call, _n, phase) => {
      if (call === 'downloadBlob' && phase === 'after') {
        throw new CapwrightError('FORBIDDEN', 'no', 'ask');
      }
    };
    const one = await bench.start({ deleteBlobs: true });
    const id = await startOne(one);

    expect(await one.checkTask(check(id), quietCall)).toMatchObject({
      status: 'task_failed',
      blob_kept: null,
    });
    expect(bench.azure.blobs.size).toBe(1);
    expect(bench.azure.seen.calls).not.toContain('deleteBlob');
  });

  it('are not said to be kept where no session ran, or none left one', async () => {
    const one = await bench.start();
    bench.azure.knobs.mishap = (call) => {
      if (call === 'ensureCapture') {
        throw new CapwrightError('AZURE_REFUSED', 'no', 'ask');
      }
    };
    const refused = await one.checkTask(check(await startOne(one)), quietCall);
    bench.azure.knobs.mishap = () => {};
    bench.azure.knobs.withoutBlob = true;
    one.driver.start();
    const id = await startOne(one);
    await bench.clock.sleep(900_000);
    const empty = await one.checkTask(check(id), quietCall);

    expect(refused).toMatchObject({ status: 'task_failed', blob_kept: false });
    expect(empty).toMatchObject({
      status: 'task_timed_out',
      problem: { code: 'BLOB_MISSING' },
      blob_kept: false,
    });
  });

  it('are tried again while the account still shows them', async () => {
    const { cloud } = bench.azure;
    let stubborn = 3;
    const one = await bench.start({
      deleteBlobs: true,
      cloud: {
        ...cloud,
        deleteBlob: (...args: Parameters<typeof cloud.deleteBlob>) =>
          stubborn-- > 0 ? Promise.resolve(false) : cloud.deleteBlob(...args),
      },
    });
    const id = await startOne(one);

    expect(await one.checkTask(check(id), quietCall)).toMatchObject({ status: 'task_completed' });
    expect(bench.azure.blobs.size).toBe(0);
  });

  it('hold up only the end of the task, not its VM and not its analysis, while they cannot be deleted', async () => {
    let refusals = 12;
    bench.azure.knobs.mishap = (call, _n, phase) => {
      if (call === 'deleteBlob' && phase === 'before' && refusals-- > 0) {
        throw new CapwrightError('FORBIDDEN', 'no delete permission', 'grant it');
      }
    };
    const one = await bench.start({ deleteBlobs: true });
    one.driver.start();
    const id = await startOne(one, { auto_analyze: true });
    await bench.clock.sleep(600_000);
    const pending = await one.checkTask(check(id, 0), quietCall);
    const next = await one.startCapture(ask(), quietCall);
    await bench.clock.sleep(2 * 3_600_000);

    expect(pending).toMatchObject({
      state: 'cleaning',
      cleaned_up: true,
      problem: { code: 'FORBIDDEN' },
      blob_kept: false,
    });
    expect(pending.analysis).not.toBeNull();
    expect(next.status).toBe('task_pending');
    expect((await one.store.get(id))?.task).toMatchObject({ state: 'completed', blobsGone: true });
  });

  it('of a discarded session go too, also when they come late', async () => {
    const { cloud, sessions, blobs } = bench.azure;
    const lingering = {
      ...cloud,
      deleteCapture: async (...args: Parameters<typeof cloud.deleteCapture>) => {
        const [session] = sessions.values();
        const gone = await cloud.deleteCapture(...args);
        if (session !== undefined) {
          void bench.clock.sleep(20_000).then(() => blobs.set(session.plan.storagePath, Buffer.of(1)));
        }
        return gone;
      },
    };
    const one = await bench.start({ deleteBlobs: true, cloud: lingering });
    one.driver.start();
    const id = await startOne(one, { duration_seconds: 3000 });
    await bench.clock.sleep(60_000);
    await one.discard(id);
    await bench.clock.sleep(300_000);

    expect(await one.checkTask(check(id, 0), quietCall)).toMatchObject({
      status: 'task_cancelled',
      blob_kept: false,
      files: [],
    });
    expect(blobs.size).toBe(0);
  });

  it('of somebody else are left alone', async () => {
    const one = await bench.start({ deleteBlobs: true });
    bench.azure.blobs.set(THEIRS, Buffer.of(1));
    const id = await startOne(one, { target_type: 'AzureVMSS' });

    await one.checkTask(check(id), quietCall);

    expect([...bench.azure.blobs.keys()]).toEqual([THEIRS]);
  });

  it('stay where the operator has not asked for it, whatever a later server is set to', async () => {
    const one = await bench.start();
    const id = await startOne(one);
    const two = await bench.start({ deleteBlobs: true });

    await one.checkTask(check(id), quietCall);

    expect(await two.checkTask(check(id), quietCall)).toMatchObject({ blob_kept: true });
    expect(bench.azure.blobs.size).toBe(1);
  });
});
