import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateScenario } from '../../src/local-azure/traffic/scenario.ts';
import { startLocalAzure, type LocalAzure } from '../../src/local-azure/start.ts';
import {
  captureOf,
  connect,
  eventually,
  listed,
  machineId,
  watcherGroup,
  watcherName,
  wire,
} from './clients.ts';

const quick = { updateIntervalInMs: 40 };
let azure: LocalAzure;
let clients: ReturnType<typeof connect>;
let ask: ReturnType<typeof wire>;

beforeAll(async () => {
  azure = await startLocalAzure({ timeScale: 0.02, seed: 11 });
  clients = connect(azure.connection);
  ask = wire(azure.connection);
});
afterAll(async () => {
  await azure.stop();
});

describe('the unmodified SDK on Local Azure', () => {
  it('walks a capture from create over stop to the downloaded blob and delete', async () => {
    const { packetCaptures } = clients.network;
    const wanted = captureOf(azure.connection, 'web-01', { blob: 'runs/walk.cap' });

    const created = await packetCaptures.create(watcherGroup, watcherName, 'walk', wanted, quick);
    const running = await packetCaptures.getStatus(watcherGroup, watcherName, 'walk', quick);
    const early = await clients.blobs.getBlobClient('runs/walk.cap').exists();
    await packetCaptures.stop(watcherGroup, watcherName, 'walk', quick);
    const stopped = await packetCaptures.getStatus(watcherGroup, watcherName, 'walk', quick);
    const blob = clients.blobs.getBlobClient('runs/walk.cap');
    await eventually(() => blob.exists(), Boolean);
    const bytes = await blob.downloadToBuffer();
    await packetCaptures.delete(watcherGroup, watcherName, 'walk', quick);

    expect(created).toMatchObject({ provisioningState: 'Succeeded', target: wanted.target });
    expect(created.storageLocation?.storagePath).toBe(wanted.storageLocation?.storagePath);
    expect(running).toMatchObject({ packetCaptureStatus: 'Running', packetCaptureError: [] });
    expect(running.stopReason).toBeUndefined();
    expect(stopped).toMatchObject({ packetCaptureStatus: 'Stopped', stopReason: 'Manual' });
    expect(early).toBe(false);
    expect(bytes.subarray(0, 4).toString('hex')).toBe('d4c3b2a1');
    await expect(packetCaptures.get(watcherGroup, watcherName, 'walk')).rejects.toMatchObject({
      statusCode: 404,
      code: 'NotFound',
    });
    const planted = JSON.parse((await ask('GET', '/_local/planted?capture=walk')).text);
    expect(planted.map(({ kind }: { kind: string }) => kind)).toContain('tcp_connection_refused');
  });

  it('ends a session by itself at its time limit and delivers the traffic of its seed', async () => {
    const { packetCaptures } = clients.network;
    const wanted = captureOf(azure.connection, 'web-02', { blob: 'limit.cap', timeLimitInSeconds: 1 });
    await packetCaptures.create(watcherGroup, watcherName, 'limit', wanted, quick);

    const status = await eventually(
      () => packetCaptures.getStatus(watcherGroup, watcherName, 'limit', quick),
      ({ packetCaptureStatus }) => packetCaptureStatus === 'Stopped',
    );
    const blob = clients.blobs.getBlobClient('limit.cap');
    await eventually(() => blob.exists(), Boolean);
    const bytes = await blob.downloadToBuffer();

    expect(status.stopReason).toBe('TimeExceeded');
    const truth = generateScenario({
      seed: 11,
      startTime: (status.captureStartTime?.getTime() ?? 0) / 1000,
      durationSeconds: 1,
      local: { address: '10.0.0.5' },
    });
    expect(bytes.length).toBe(truth.pcap.length);
    // The first packet, behind the file's and its own header: those carry times of this very session.
    expect(bytes.subarray(40, 82).equals(truth.pcap.subarray(40, 82))).toBe(true);
  });

  it('chooses the documented lower-case place when the client names none', async () => {
    const { packetCaptures } = clients.network;
    const wanted = captureOf(azure.connection, 'web-01');

    const created = await packetCaptures.create(watcherGroup, watcherName, 'placeless', wanted, quick);

    expect(created.storageLocation?.storagePath).toMatch(
      /^https:\/\/capwrightdemo\.blob\.core\.windows\.net\/network-watcher-logs\/subscriptions\/[\da-f-]+\/resourcegroups\/capwright-demo\/providers\/microsoft\.compute\/virtualmachines\/web-01\/\d{4}\/\d\d\/\d\d\/packetcapture_\d\d_\d\d_\d\d_\d{3}\.cap$/u,
    );
  });

  it('applies the capture filters, and hands out an empty file for a malformed range', async () => {
    const { packetCaptures } = clients.network;
    const sizes: number[] = [];
    for (const [blob, remoteIPAddress] of [
      ['scan.cap', '198.51.100.70-198.51.100.80'],
      ['broken.cap', '1.1.1.1-255.255.255'],
    ] as const) {
      const filters = [{ protocol: 'TCP' as const, remoteIPAddress }];
      const wanted = captureOf(azure.connection, 'web-01', { blob, filters, timeLimitInSeconds: 1 });
      await packetCaptures.create(watcherGroup, watcherName, blob, wanted, quick);
      await packetCaptures.stop(watcherGroup, watcherName, blob, quick);
      await eventually(() => clients.blobs.getBlobClient(blob).exists(), Boolean);
      sizes.push((await clients.blobs.getBlobClient(blob).getProperties()).contentLength ?? 0);
    }

    expect(sizes[0]).toBeGreaterThan(72 * 2 * 60);
    expect(sizes[0]).toBeLessThan(20_000);
    expect(sizes[1]).toBe(24);
  });

  it.each([
    ['the container is missing', { container: 'nowhere', blob: 'x.cap' }],
    ['the account refuses shared keys', { account: 'lockedaccount', blob: 'x.cap' }],
    ['the account is a premium one', { account: 'premiumdemo' }],
  ])('reports StorageFailed when %s', async (why, place) => {
    const { packetCaptures } = clients.network;
    const name = why.replaceAll(' ', '-');
    const wanted = captureOf(azure.connection, 'web-01', place);
    await packetCaptures.create(watcherGroup, watcherName, name, wanted, quick);
    await packetCaptures.stop(watcherGroup, watcherName, name, quick);

    const status = await eventually(
      () => packetCaptures.getStatus(watcherGroup, watcherName, name, quick),
      ({ packetCaptureError = [] }) => packetCaptureError.length > 0,
    );

    expect(status).toMatchObject({ packetCaptureStatus: 'Stopped', packetCaptureError: ['StorageFailed'] });
  });

  it('succeeds in creating on a machine without agent, and only the status tells', async () => {
    const { packetCaptures } = clients.network;
    const wanted = captureOf(azure.connection, 'no-agent-01', { blob: 'none.cap' });

    const created = await packetCaptures.create(watcherGroup, watcherName, 'agentless', wanted, quick);
    const status = await packetCaptures.getStatus(watcherGroup, watcherName, 'agentless', quick);

    expect(created.provisioningState).toBe('Succeeded');
    expect(status).toMatchObject({ packetCaptureStatus: 'Error', packetCaptureError: ['AgentStopped'] });
  });

  it('shows machines with power state and agent, watchers by region, and accounts with their rules', async () => {
    const { resourceGroup } = azure.connection;
    const { virtualMachines } = clients.compute;
    const web = await virtualMachines.get(resourceGroup, 'web-01', { expand: 'instanceView' });
    const stopped = await virtualMachines.get(resourceGroup, 'stopped-01', { expand: 'instanceView' });
    const bare = await virtualMachines.get(resourceGroup, 'no-agent-01');
    const watchers = await listed(clients.network.networkWatchers.listAll());
    const accounts = await listed(clients.storage.storageAccounts.list());
    const one = await clients.storage.storageAccounts.getProperties(resourceGroup, 'capwrightdemo');

    expect(web.id).toBe(machineId(azure.connection, 'web-01'));
    expect(web.storageProfile?.osDisk?.osType).toBe('Linux');
    expect(web.resources?.[0]).toMatchObject({
      publisher: 'Microsoft.Azure.NetworkWatcher',
      typePropertiesType: 'NetworkWatcherAgentLinux',
      provisioningState: 'Succeeded',
    });
    expect(web.instanceView?.statuses?.map(({ code }) => code)).toContain('PowerState/running');
    expect(stopped.instanceView?.statuses?.map(({ code }) => code)).toContain('PowerState/deallocated');
    expect(bare.resources ?? []).toEqual([]);
    expect(bare.instanceView).toBeUndefined();
    expect(watchers.map(({ name, location }) => [name, location])).toEqual([
      [watcherName, 'eastus'],
      ['watcher-europe', 'westeurope'],
    ]);
    expect(
      accounts.map(({ name, allowSharedKeyAccess, sku }) => [name, allowSharedKeyAccess, sku?.tier]),
    ).toEqual([
      ['capwrightdemo', true, 'Standard'],
      ['lockedaccount', false, 'Standard'],
      ['premiumdemo', true, 'Premium'],
      ['firewalleddemo', true, 'Standard'],
      ['subnetdemo', true, 'Standard'],
      ['privatedemo', true, 'Standard'],
      ['farawaydemo', true, 'Standard'],
    ]);
    expect(one.primaryEndpoints?.blob).toBe('https://capwrightdemo.blob.core.windows.net/');
  });
});
