import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ask, check, createBench } from '../fakes/bench.ts';
import { openOrchestrator, quietCall, type Orchestrator } from '../fakes/orchestrator.ts';

const bench = createBench();
const ofSet = (change: Record<string, unknown> = {}) => ask({ target_type: 'AzureVMSS', ...change });

/** The downloads, without what an analysis made of them. */
const captures = (): string[] =>
  readdirSync(join(bench.dir, 'captures'))
    .filter((name) => /\.\d+(?:-\w+)?\.cap$|^\w+\.cap$/.test(name))
    .toSorted();

async function startOne(one: Orchestrator, input: ReturnType<typeof ask>): Promise<string> {
  const { task_id } = await one.startCapture(input, quietCall);
  return task_id ?? '';
}

/** A download that its process does not live to see. */
const cutOff = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('cut off')));
  });

describe('a scale set', () => {
  it('brings a file of each instance, one path each, and leaves nothing in Azure but the blobs', async () => {
    const one = await bench.start();
    const id = await startOne(one, ofSet());

    const ended = await one.checkTask(check(id), quietCall);

    expect(ended.files.map(({ instance }) => instance)).toEqual(['web-01_0', 'web-01_1', 'web-01_2']);
    expect(captures()).toEqual([`${id}.1-0.cap`, `${id}.2-1.cap`, `${id}.3-2.cap`]);
    expect(ended).toMatchObject({
      capture_path: ended.files[0]?.path,
      missing_instances: [],
      cleaned_up: true,
      blob_kept: true,
    });
    expect(statSync(ended.capture_path ?? '').mode & 0o777).toBe(0o600);
    expect(bench.azure.sessions.size).toBe(0);
    expect(bench.azure.blobs.size).toBe(3);
  });

  it('waits for instances that are slow, and names those that deliver nothing', async () => {
    bench.azure.knobs.silent = ['1'];
    bench.azure.knobs.uploadMs = 20_000;
    const one = await bench.start();
    one.driver.start();
    const id = await startOne(one, ofSet());

    await bench.clock.sleep(200_000);
    const waiting = await one.checkTask(check(id, 0), quietCall);
    await bench.clock.sleep(600_000);
    const ended = await one.checkTask(check(id), quietCall);

    expect(waiting).toMatchObject({ state: 'downloading', files: [], problem: { code: 'BLOB_MISSING' } });
    expect(ended.files.map(({ instance }) => instance)).toEqual(['web-01_0', 'web-01_2']);
    expect(ended).toMatchObject({ missing_instances: ['web-01_1'], cleaned_up: true });
  });

  it('owes files only for the instances that were asked for', async () => {
    bench.azure.knobs.silent = ['1'];
    const one = await bench.start();
    const id = await startOne(one, ofSet({ exclude_instances: ['1'] }));

    expect(await one.checkTask(check(id), quietCall)).toMatchObject({
      files: [{ instance: 'web-01_0' }, { instance: 'web-01_2' }],
      missing_instances: [],
    });
  });

  it('waits for no file of instances that could not capture, and yet names them as missing', async () => {
    bench.azure.knobs.idle = ['7', '8'];
    const one = await bench.start();
    const id = await startOne(one, ofSet({ exclude_instances: ['8'] }));

    expect(await one.checkTask(check(id), quietCall)).toMatchObject({
      files_total: 3,
      missing_instances: ['web-01_7'],
    });
  });

  it('of which no instance delivers ends as a single machine does', async () => {
    bench.azure.knobs.withoutBlob = true;
    const one = await bench.start();
    one.driver.start();
    const id = await startOne(one, ofSet());

    await bench.clock.sleep(1_200_000);

    expect(await one.checkTask(check(id, 0), quietCall)).toMatchObject({
      status: 'task_timed_out',
      problem: { code: 'BLOB_MISSING' },
      files: [],
    });
    expect(bench.azure.sessions.size).toBe(0);
  });

  it('is downloaded on from where a killed process stopped, file by file', async () => {
    const downloads: string[] = [];
    const { cloud } = bench.azure;
    const watched = {
      ...cloud,
      downloadBlob: (...args: Parameters<typeof cloud.downloadBlob>) => {
        downloads.push(args[0]);
        return downloads.length === 2 ? cutOff(args[2].signal) : cloud.downloadBlob(...args);
      },
    };
    const one = await openOrchestrator({ dir: bench.dir, clock: bench.clock, cloud: watched });
    const id = await startOne(one, ofSet());
    await one.checkTask(check(id, 60), quietCall);
    await one.abandon();
    const two = await bench.start({ cloud: watched });

    const ended = await two.checkTask(check(id), quietCall);

    expect(ended.files).toHaveLength(3);
    expect(downloads.map((url) => /_(\d)\.cap$/.exec(url)?.[1])).toEqual(['0', '1', '1', '2']);
    expect(captures()).toHaveLength(3);
  });

  it('takes no more bytes than the server may, over all files together', async () => {
    const one = await bench.start({ maxCaptureBytes: 50 });
    const id = await startOne(one, ofSet());

    const ended = await one.checkTask(check(id), quietCall);

    expect(ended).toMatchObject({
      status: 'task_failed',
      problem: { code: 'FILE_TOO_LARGE', message: expect.stringContaining('72 bytes together') },
      cleaned_up: true,
    });
    expect(bench.azure.blobs.size).toBe(3);
  });

  it('never lets the name of a blob or of an instance become a path', async () => {
    bench.azure.knobs.instances = ['../../evil', '1'];
    const { cloud } = bench.azure;
    const hostile = {
      ...cloud,
      captureBlobs: async (...args: Parameters<typeof cloud.captureBlobs>) => {
        const blobs = await cloud.captureBlobs(...args);
        return blobs.map((blob, n) => ({ ...blob, instanceId: ['../../evil', '1'][n] ?? null }));
      },
    };
    const one = await bench.start({ cloud: hostile });
    const id = await startOne(one, ofSet());

    const ended = await one.checkTask(check(id), quietCall);

    expect(ended.files).toHaveLength(2);
    expect(captures()).toEqual([`${id}.1-evil.cap`, `${id}.2-1.cap`]);
  });

  it('of too many instances is refused before anything is created', async () => {
    bench.azure.knobs.instances = Array.from({ length: 300 }, (_, n) => String(n));
    const one = await bench.start();

    await expect(one.startCapture(ofSet(), quietCall)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('300 instances'),
      next: expect.stringContaining('include_instances'),
    });
    expect(bench.azure.sessions.size).toBe(0);
  });
});

const ring = (change: Record<string, unknown> = {}) =>
  ask({ continuous: { file_count: 2, file_bytes: 1_000_000 }, duration_seconds: undefined, ...change });

describe('a view of many files', () => {
  it('names the first of them and counts all', async () => {
    bench.azure.knobs.instances = Array.from({ length: 60 }, (_, n) => String(n));
    const one = await bench.start();
    const id = await startOne(one, ofSet());

    const ended = await one.checkTask(check(id), quietCall);

    expect(ended.files_total).toBe(60);
    expect(ended.files).toHaveLength(50);
    expect(captures()).toHaveLength(60);
  });
});

describe('a ring', () => {
  it('runs until it is stopped, and then brings its last files', async () => {
    const one = await bench.start();
    one.driver.start();
    const id = await startOne(one, ring());
    await bench.clock.sleep(3_600_000);

    const running = await one.checkTask(check(id, 0), quietCall);
    await one.stopCapture({ task_id: id, discard: false, wait_seconds: 30 }, quietCall);
    const ended = await one.checkTask(check(id), quietCall);

    expect(running).toMatchObject({
      state: 'capturing',
      duration_seconds: 86_400,
      eta_seconds: null,
      next: expect.stringContaining('stop_capture'),
    });
    expect(running.next_check_seconds).toBeLessThanOrEqual(300);
    expect(captures()).toEqual([`${id}.1.cap`, `${id}.2.cap`]);
    expect(ended.files.map(({ instance }) => instance)).toEqual([null, null]);
    expect(ended).toMatchObject({ cleaned_up: true, stop_reason: 'Manual' });
  });

  it('ends by itself at its limit', async () => {
    const one = await bench.start();
    one.driver.start();
    const id = await startOne(one, ring({ duration_seconds: 600 }));
    await bench.clock.sleep(700_000);

    expect(await one.checkTask(check(id), quietCall)).toMatchObject({
      stop_reason: 'TimeExceeded',
      files: [{}, {}],
    });
  });

  it('is not taken while files are still coming', async () => {
    bench.azure.knobs.uploadMs = 4000;
    const one = await bench.start();
    one.driver.start();
    const id = await startOne(one, ring({ duration_seconds: 60, continuous: { file_count: 4 } }));
    await bench.clock.sleep(300_000);

    expect((await one.checkTask(check(id), quietCall)).files).toHaveLength(4);
  });

  it('of a scale set brings the last files of each instance', async () => {
    const one = await bench.start();
    one.driver.start();
    const id = await startOne(one, ring({ target_type: 'AzureVMSS', duration_seconds: 60 }));
    await bench.clock.sleep(120_000);

    const { files } = await one.checkTask(check(id), quietCall);

    expect(files.map(({ instance }) => instance)).toEqual(
      ['0', '0', '1', '1', '2', '2'].map((n) => `web-01_${n}`),
    );
  });
});
