import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setStage, type Stage } from './local.ts';
import { filesOf, runAndStop } from './sessions.ts';
import { refusal, signal, targetOf } from './setting.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
});

afterAll(async () => {
  await stage.stop();
});

const setTarget = targetOf({ target: 'web-set', targetType: 'AzureVMSS' });

describe('a continuous capture', () => {
  it('asks with settings in place of the old limits, and leaves a ring of files, oldest first', async () => {
    const ring = { fileCount: 3, fileBytes: 20_000 };
    const target = targetOf({ captureName: 'capwright-ring-1', ring, durationSeconds: 3600 });
    const { plan, request } = await stage.cloud.preflight(target, signal());
    const { properties } = request.body;
    expect(properties).toMatchObject({
      continuousCapture: true,
      captureSettings: { fileCount: 3, fileSizeInBytes: 20_000, sessionTimeLimitInSeconds: 3600 },
    });
    expect(Object.keys(properties)).not.toContain('timeLimitInSeconds');
    expect(Object.keys(properties)).not.toContain('totalBytesPerSession');

    await stage.cloud.ensureCapture(plan, signal());
    expect(await stage.cloud.readCapture(plan, signal())).toMatchObject({ status: 'Running' });
    const storagePath = await runAndStop(stage, plan);
    const files = await filesOf(stage, plan, storagePath, 3);

    expect(files).toHaveLength(3);
    expect(files.every(({ instanceId, bytes }) => instanceId === null && bytes <= 20_000)).toBe(true);
    const numbers = files.map(({ url }) => Number(/_(\d+)\.cap$/.exec(url)?.[1]));
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    await stage.cloud.deleteCapture(plan, signal());
  });

  it('is not taken for a plain one of the same name', async () => {
    const ring = { fileCount: 3, fileBytes: 20_000 };
    const { plan } = await stage.cloud.preflight(
      targetOf({ captureName: 'capwright-ring-2', ring }),
      signal(),
    );
    await stage.cloud.ensureCapture(plan, signal());

    const plain = refusal(stage.cloud.ensureCapture({ ...plan, ring: null }, signal()));

    expect(await plain).toMatchObject({ code: 'AZURE_REFUSED' });
    await stage.cloud.deleteCapture(plan, signal());
  });
});

describe('the files of captures', () => {
  it('are not looked for, and not deleted, in accounts that nobody allowed', async () => {
    const { plan } = await stage.cloud.preflight(setTarget, signal());
    const url = 'https://premiumdemo.blob.core.windows.net/captures/capwright-test-1/a.cap';

    expect((await refusal(stage.cloud.captureBlobs(plan, url, signal()))).code).toBe('PATH_NOT_ALLOWED');
    expect((await refusal(stage.cloud.deleteBlob(url, signal()))).code).toBe('PATH_NOT_ALLOWED');
  });

  it.each([
    'captures/somebody-else.cap',
    'captures/folder/capwright-1.cap',
    'captures/../backups/all.tar',
    'network-watcher-logs/flowlog.json',
  ])('are the only ones that are deleted: not %s', async (path) => {
    const url = `https://capwrightdemo.blob.core.windows.net/${path}`;

    expect((await refusal(stage.cloud.deleteBlob(url, signal()))).code).toBe('PATH_NOT_ALLOWED');
  });

  it('are told apart from those of a capture whose name only begins the same', async () => {
    const [one, ten] = await Promise.all(
      ['capwright-pre-1', 'capwright-pre-10'].map(async (captureName) => {
        const instances = { include: [captureName.endsWith('0') ? '0' : '2'], exclude: [] };
        return (await stage.cloud.preflight({ ...setTarget, captureName, instances }, signal())).plan;
      }),
    );
    if (one === undefined || ten === undefined) {
      throw new Error('there are two');
    }
    for (const plan of [one, ten]) {
      const path = await runAndStop(stage, plan);
      await filesOf(stage, plan, path, 1);
      await stage.cloud.deleteCapture(plan, signal());
    }

    const found = await stage.cloud.captureBlobs(one, one.storagePath, signal());

    expect(found.map(({ instanceId }) => instanceId)).toEqual(['2']);
    expect(found.every(({ url }) => url.includes('/capwright-pre-1/'))).toBe(true);
  });

  it('are none where the container does not exist', async () => {
    const { plan } = await stage.cloud.preflight(setTarget, signal());
    const url = plan.storagePath.replace('/captures/', '/not-there/');

    expect(await stage.cloud.captureBlobs(plan, url, signal())).toEqual([]);
  });

  it('are one where the session leaves one', async () => {
    const { plan } = await stage.cloud.preflight(targetOf({ captureName: 'capwright-one-1' }), signal());
    expect(await stage.cloud.captureBlobs(plan, plan.storagePath, signal())).toEqual([]);
    const storagePath = await runAndStop(stage, plan);

    const [file, ...others] = await filesOf(stage, plan, storagePath, 1);

    expect(file).toMatchObject({ url: plan.storagePath, instanceId: null });
    expect(others).toEqual([]);
    await stage.cloud.deleteCapture(plan, signal());
  });
});
