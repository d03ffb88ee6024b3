import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CapturePlan } from '../../../src/domain/capture-plan.ts';
import { setStage, type Stage } from './local.ts';
import { realClock, refusal, signal, targetOf } from './setting.ts';

let stage: Stage;
let directory = '';

beforeAll(async () => {
  stage = await setStage();
  directory = await mkdtemp(join(tmpdir(), 'capwright-walk-'));
});

afterAll(async () => {
  await stage.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Waits for a blob as the orchestrator does. */
async function sizeOf(url: string): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const size = await stage.cloud.blobSize(url, signal());
    if (size !== null) {
      return size;
    }
    await realClock.sleep(100);
  }
  throw new Error('the blob never came');
}

async function planned(changes: Parameters<typeof targetOf>[0]): Promise<CapturePlan> {
  return (await stage.cloud.preflight(targetOf(changes), signal())).plan;
}

describe('a capture from preflight to deletion, the real SDK against a local Azure', () => {
  it('is planned, created once, read, stopped, downloaded and deleted', async () => {
    const { cloud } = stage;
    const plan = await planned({ captureName: 'capwright-walk-1' });
    expect(plan).toMatchObject({
      location: 'eastus',
      watcherName: 'NetworkWatcher_eastus',
      watcherResourceGroup: 'NetworkWatcherRG',
      storagePath: 'https://capwrightdemo.blob.core.windows.net/captures/capwright-walk-1.cap',
    });
    expect(await cloud.readCapture(plan, signal())).toBeNull();

    await stage.requests();
    await cloud.ensureCapture(plan, signal());
    await cloud.ensureCapture(plan, signal());
    const puts = (await stage.requests()).filter((line) => line.startsWith('PUT'));
    expect(puts).toEqual(['PUT packetCaptures/capwright-walk-1']);

    const running = await cloud.readCapture(plan, signal());
    expect(running).toEqual({
      provisioningState: 'Succeeded',
      status: 'Running',
      stopReason: null,
      errors: [],
      storagePath: plan.storagePath,
      // The ten seconds that Azure asks for, at the pace of this local one.
      retryAfterMs: 1000,
    });
    expect(await cloud.blobSize(plan.storagePath, signal())).toBeNull();

    await cloud.stopCapture(plan, signal());
    expect(await cloud.readCapture(plan, signal())).toMatchObject({
      status: 'Stopped',
      stopReason: 'Manual',
      errors: [],
    });

    const size = await sizeOf(plan.storagePath);
    const path = join(directory, 'walk.cap');
    const file = await cloud.downloadBlob(plan.storagePath, path, {
      maxBytes: 100_000_000,
      signal: signal(),
      onProgress: () => undefined,
    });
    const content = await readFile(path);
    expect(file).toEqual({
      path,
      bytes: size,
      sha256: createHash('sha256').update(content).digest('hex'),
      blobUrl: plan.storagePath,
      instanceId: null,
    });
    expect(content.readUInt32LE(0)).toBe(0xa1b2c3d4);

    expect((await cloud.listCaptures(signal())).map(({ name }) => name)).toContain('capwright-walk-1');
    expect(await cloud.deleteCapture(plan, signal())).toBe(true);
    expect(await cloud.deleteCapture(plan, signal())).toBe(true);
    expect(await cloud.readCapture(plan, signal())).toBeNull();
    expect((await cloud.listCaptures(signal())).map(({ name }) => name)).not.toContain('capwright-walk-1');
  });

  it('asks for a running status once, without waiting for what Azure would say later', async () => {
    const plan = await planned({ captureName: 'capwright-status-1' });
    await stage.cloud.ensureCapture(plan, signal());
    await stage.requests();

    await stage.cloud.readCapture(plan, signal());

    expect(await stage.requests()).toEqual([
      'GET packetCaptures/capwright-status-1',
      'POST capwright-status-1/queryStatus',
    ]);
    await stage.cloud.deleteCapture(plan, signal());
  });

  it('lets Azure choose the path where no container is configured, and reads it back', async () => {
    const cloud = stage.cloudWith({ defaultStorageContainer: null });
    const { plan } = await cloud.preflight(targetOf({ captureName: 'capwright-path-1' }), signal());
    expect(plan.storagePath).toBe('');

    await cloud.ensureCapture(plan, signal());
    await cloud.ensureCapture(plan, signal());

    const reading = await cloud.readCapture(plan, signal());
    expect(reading?.storagePath).toMatch(
      /^https:\/\/capwrightdemo\.blob\.core\.windows\.net\/network-watcher-logs\/.*\/packetcapture_[\d_]+\.cap$/,
    );
    await cloud.deleteCapture(plan, signal());
  });

  it('sends every limit of the plan, and the duration always', async () => {
    const filters = [{ protocol: 'TCP', local_port: '443', remote_ip: '10.0.0.1-10.0.0.9' }] as const;
    const plan = await planned({
      captureName: 'capwright-limits-1',
      durationSeconds: 30,
      totalBytes: 5_000_000,
      bytesPerPacket: 96,
      filters: [...filters],
    });
    expect(plan).toMatchObject({ durationSeconds: 30, totalBytes: 5_000_000, bytesPerPacket: 96, filters });

    await stage.cloud.ensureCapture(plan, signal());

    const other = { ...plan, vmId: plan.vmId.replace('web-01', 'web-02') };
    expect(await refusal(stage.cloud.ensureCapture(other, signal()))).toMatchObject({
      code: 'AZURE_REFUSED',
    });
    await stage.cloud.deleteCapture(plan, signal());
  });

  it('downloads for a task after a restart, when no plan of it was seen', async () => {
    const fresh = stage.cloudWith({ defaultStorageAccount: null });
    const url = 'https://capwrightdemo.blob.core.windows.net/captures/capwright-walk-1.cap';

    const stranger = await refusal(fresh.blobSize(url, signal()));
    const size = await fresh.blobSize(url, signal(), 'capwrightdemo');

    expect(stranger.code).toBe('PATH_NOT_ALLOWED');
    expect(size).toBeGreaterThan(24);
  });

  it('reads only blobs of its accounts, and none through a SAS', async () => {
    const foreign = await refusal(
      stage.cloud.blobSize('https://premiumdemo.blob.core.windows.net/c/a.cap', signal()),
    );
    const sas = await refusal(
      stage.cloud.blobSize('https://capwrightdemo.blob.core.windows.net/captures/a.cap?sig=hush', signal()),
    );

    expect([foreign.code, sas.code]).toEqual(['PATH_NOT_ALLOWED', 'PATH_NOT_ALLOWED']);
    expect(sas.message + sas.next).not.toContain('hush');
  });

  it('says that a blob is missing when it should be downloaded', async () => {
    const url = 'https://capwrightdemo.blob.core.windows.net/captures/none.cap';
    const options = { maxBytes: 1000, signal: signal(), onProgress: () => undefined };

    expect(await refusal(stage.cloud.downloadBlob(url, join(directory, 'none.cap'), options))).toMatchObject({
      code: 'BLOB_MISSING',
    });
  });
});
