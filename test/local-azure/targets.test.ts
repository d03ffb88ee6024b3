import type { PacketCapture } from '@azure/arm-network';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalAzure, type LocalAzure } from '../../src/local-azure/start.ts';
import { captureOf, connect, eventually, listed, watcherGroup, watcherName, wire } from './clients.ts';

const quick = { updateIntervalInMs: 40 };
let azure: LocalAzure;
let clients: ReturnType<typeof connect>;
let ask: ReturnType<typeof wire>;

beforeAll(async () => {
  azure = await startLocalAzure({ timeScale: 0.02, fleet: 2 });
  clients = connect(azure.connection);
  ask = wire(azure.connection);
});
afterAll(async () => {
  await azure.stop();
});

function setId(name: string): string {
  const { subscriptionId, resourceGroup } = azure.connection;
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/virtualMachineScaleSets/${name}`;
}

/** Creates, stops, and waits for as many blobs under the prefix; their names behind it, in order. */
async function runToBlobs(
  name: string,
  wanted: PacketCapture,
  prefix: string,
  count: number,
): Promise<string[]> {
  const { packetCaptures } = clients.network;
  await packetCaptures.create(watcherGroup, watcherName, name, wanted, quick);
  await packetCaptures.stop(watcherGroup, watcherName, name, quick);
  const names = async (): Promise<string[]> =>
    (await listed(clients.blobs.listBlobsFlat({ prefix }))).map((blob) => blob.name.slice(prefix.length));
  return eventually(names, (blobs) => blobs.length >= count);
}

describe('a scale set', () => {
  it('shows itself and its instances with power state and agent, as the compute SDK reads them', async () => {
    const { resourceGroup } = azure.connection;
    const set = await clients.compute.virtualMachineScaleSets.get(resourceGroup, 'mixed-set');
    const instances = await listed(
      clients.compute.virtualMachineScaleSetVMs.list(resourceGroup, 'mixed-set', { expand: 'instanceView' }),
    );

    expect(set).toMatchObject({ id: setId('mixed-set'), location: 'eastus', sku: { capacity: 3 } });
    expect(
      instances.map(({ instanceId, instanceView, resources }) => [
        instanceId,
        instanceView?.statuses?.at(-1)?.code,
        resources?.[0]?.typePropertiesType,
      ]),
    ).toEqual([
      ['0', 'PowerState/running', 'NetworkWatcherAgentLinux'],
      ['3', 'PowerState/deallocated', 'NetworkWatcherAgentLinux'],
      ['5', 'PowerState/running', undefined],
    ]);
  });

  it('writes one file for each instance beside the asked path, each with traffic of its own', async () => {
    const wanted = captureOf(azure.connection, '', { blob: 'sets/all/run.cap' });
    const request = { ...wanted, target: setId('web-set'), targetType: 'AzureVMSS' as const };

    const names = await runToBlobs('set-all', request, 'sets/all/', 3);
    const read = await clients.network.packetCaptures.get(watcherGroup, watcherName, 'set-all');
    const files = await Promise.all(
      names.map((name) => clients.blobs.getBlobClient(`sets/all/${name}`).downloadToBuffer()),
    );

    expect(names).toEqual(['run_0.cap', 'run_1.cap', 'run_2.cap']);
    expect(new Set(files.map((file) => file.toString('hex'))).size).toBe(3);
    expect(read).toMatchObject({ targetType: 'AzureVMSS', scope: { include: [], exclude: [] } });
    expect(read.storageLocation?.storagePath).toMatch(/\/captures\/sets\/all\/run\.cap$/u);
  });

  it('keeps to the scope, and an instance that cannot capture is simply missing', async () => {
    const include = [0, 3, 5].map((instance) => `${setId('mixed-set')}/virtualMachines/${instance}`);
    const { network } = clients;
    const wanted = captureOf(azure.connection, '', { blob: 'sets/some/run.cap', scope: { include } });
    const request = { ...wanted, target: setId('mixed-set'), targetType: 'AzureVMSS' as const };
    const without = captureOf(azure.connection, '', {
      blob: 'sets/without/run.cap',
      scope: { exclude: [`${setId('WEB-SET')}/virtualMachines/1`] },
    });

    const some = await runToBlobs('set-some', request, 'sets/some/', 1);
    const rest = await runToBlobs(
      'set-without',
      { ...without, target: setId('web-set'), targetType: 'AzureVMSS' },
      'sets/without/',
      2,
    );
    const read = await network.packetCaptures.get(watcherGroup, watcherName, 'set-some');

    expect(some).toEqual(['run_0.cap']);
    expect(rest).toEqual(['run_0.cap', 'run_2.cap']);
    expect(read.scope?.include).toEqual(include);
  });
});

describe('a continuous capture', () => {
  it('answers with its settings in place of the old limits, and keeps the last files of the ring', async () => {
    const captureSettings = { fileCount: 3, fileSizeInBytes: 20_000, sessionTimeLimitInSeconds: 600 };
    const wanted = captureOf(azure.connection, 'web-01', {
      blob: 'ring/run.cap',
      continuousCapture: true,
      captureSettings,
    });
    const { storageLocation } = wanted;
    const request = {
      ...wanted,
      storageLocation: { ...storageLocation, localPath: '/var/captures/run.cap' },
    };

    const names = await runToBlobs('ring', request, 'ring/', 3);
    const read = await clients.network.packetCaptures.get(watcherGroup, watcherName, 'ring');
    const sizes = await Promise.all(
      names.map(async (name) => {
        const bytes = await clients.blobs.getBlobClient(`ring/${name}`).downloadToBuffer();
        return [bytes.subarray(0, 4).toString('hex'), bytes.length <= 20_000 && bytes.length > 24];
      }),
    );

    expect(read).toMatchObject({ continuousCapture: true, captureSettings });
    expect(read.storageLocation?.localPath).toBe('/var/captures/run.cap');
    expect(read.totalBytesPerSession).toBeUndefined();
    expect(read.timeLimitInSeconds).toBeUndefined();
    expect(names).toHaveLength(3);
    expect(names).not.toContain('run_00001.cap');
    expect(sizes).toEqual(Array.from({ length: 3 }, () => ['d4c3b2a1', true]));
  });

  it('is refused together with filePath, whether it is on or off', async () => {
    const { network } = clients;
    for (const continuousCapture of [true, false]) {
      const storageLocation = { filePath: '/var/captures/run.cap' };
      const wanted = { ...captureOf(azure.connection, 'web-01'), storageLocation, continuousCapture };

      await expect(
        network.packetCaptures.create(watcherGroup, watcherName, 'both', wanted, quick),
      ).rejects.toMatchObject({ statusCode: 400 });
    }
  });
});

describe('the rest of the inventory', () => {
  it('has accounts for every refusal of a preflight', async () => {
    const { resourceGroup } = azure.connection;
    const names = ['capwrightdemo', 'firewalleddemo', 'subnetdemo', 'privatedemo', 'farawaydemo'];
    const accounts = await Promise.all(
      names.map((name) => clients.storage.storageAccounts.getProperties(resourceGroup, name)),
    );

    expect(
      accounts.map(({ location, publicNetworkAccess, networkRuleSet }) => [
        location,
        publicNetworkAccess,
        networkRuleSet?.defaultAction,
        networkRuleSet?.bypass,
        networkRuleSet?.virtualNetworkRules?.length,
      ]),
    ).toEqual([
      ['eastus', 'Enabled', 'Allow', 'AzureServices', 0],
      ['eastus', 'Enabled', 'Deny', 'AzureServices', 0],
      ['eastus', 'Enabled', 'Deny', 'None', 1],
      ['eastus', 'Disabled', 'Deny', 'AzureServices', 0],
      ['westeurope', 'Enabled', 'Allow', 'AzureServices', 0],
    ]);
  });

  it('shows a container through ARM, and says in ARM words that one is not there', async () => {
    const { resourceGroup, storageAccount } = azure.connection;
    const { blobContainers } = clients.storage;
    const found = await blobContainers.get(resourceGroup, storageAccount, 'captures');

    expect(found).toMatchObject({ name: 'captures', publicAccess: 'None', leaseState: 'Available' });
    for (const name of ['nowhere', 'NOT A NAME']) {
      await expect(blobContainers.get(resourceGroup, storageAccount, name)).rejects.toMatchObject({
        statusCode: 404,
        code: 'ContainerNotFound',
      });
    }
  });

  it('hands out account keys with which the blob SDK can sign in', async () => {
    const { resourceGroup, storageAccount } = azure.connection;
    const { keys } = await clients.storage.storageAccounts.listKeys(resourceGroup, storageAccount);

    expect(keys?.[0]?.keyName).toBe('key1');
    expect(Buffer.from(keys?.[0]?.value ?? '', 'base64')).toHaveLength(64);
  });

  it('captures in another region through a watcher whose name and group cannot be guessed', async () => {
    const { packetCaptures } = clients.network;
    const watchers = await listed(clients.network.networkWatchers.listAll());
    const europe = watchers.find(({ location }) => location === 'westeurope');
    const [, , , , group = ''] = europe?.id?.split('/') ?? [];
    const wanted = captureOf(azure.connection, 'eu-01', { account: 'farawaydemo' });

    const created = await packetCaptures.create(group, europe?.name ?? '', 'abroad', wanted, quick);

    expect([group, europe?.name]).toEqual(['shared-network', 'watcher-europe']);
    expect(created.provisioningState).toBe('Succeeded');
    await expect(
      packetCaptures.create(watcherGroup, watcherName, 'abroad', wanted, quick),
    ).rejects.toMatchObject({ statusCode: 404 });
  });

  it('holds several subscriptions apart, and lists only those in which the caller has a role', async () => {
    const token = (await clients.credential.getToken('https://management.azure.com/.default')).token;
    const [home, other, closed] = azure.connection.subscriptions.map(({ id }) => id);
    const list = JSON.parse((await ask('GET', '/subscriptions?api-version=2022-12-01', { token })).text);
    const elsewhere = connect({ ...azure.connection, subscriptionId: other ?? '' });
    const shut = connect({ ...azure.connection, subscriptionId: closed ?? '' });

    const machines = await listed(elsewhere.compute.virtualMachines.listAll());
    const captures = await listed(elsewhere.network.packetCaptures.list(watcherGroup, watcherName));

    expect(list.value.map(({ subscriptionId }: { subscriptionId: string }) => subscriptionId)).toEqual([
      home,
      other,
    ]);
    expect(machines.map(({ name }) => name)).toEqual(['other-01']);
    expect(captures).toEqual([]);
    await expect(listed(shut.network.networkWatchers.listAll())).rejects.toMatchObject({ statusCode: 403 });
  });

  it('installs the agent under any name, after which the machine can capture', async () => {
    const { resourceGroup, location } = azure.connection;
    const { virtualMachines, virtualMachineExtensions } = clients.compute;
    const extension = {
      location,
      publisher: 'Microsoft.Azure.NetworkWatcher',
      typePropertiesType: 'NetworkWatcherAgentLinux',
      typeHandlerVersion: '1.4',
      autoUpgradeMinorVersion: true,
    };

    await virtualMachineExtensions.createOrUpdate(resourceGroup, 'no-agent-01', 'mine', extension, quick);

    const [agent] = (await virtualMachines.get(resourceGroup, 'no-agent-01')).resources ?? [];
    expect(agent).toMatchObject({ name: 'mine', typePropertiesType: 'NetworkWatcherAgentLinux' });
    await expect(
      virtualMachineExtensions.createOrUpdate(resourceGroup, 'win-01', 'mine', extension, quick),
    ).rejects.toMatchObject({ statusCode: 404 });
  });

  it('takes one watcher for each region and refuses a second in the recorded words', async () => {
    const { networkWatchers } = clients.network;

    const made = await networkWatchers.createOrUpdate(watcherGroup, 'mine', { location: 'West US' });

    expect(made).toMatchObject({ name: 'mine', location: 'westus', provisioningState: 'Succeeded' });
    await expect(
      networkWatchers.createOrUpdate(watcherGroup, 'another', { location: 'eastus' }),
    ).rejects.toMatchObject({ statusCode: 400, code: 'NetworkWatcherCountLimitReached' });
  });

  it('has as many machines more as were asked for', () => {
    expect(azure.connection.vms.slice(-2)).toEqual(['fleet-001', 'fleet-002']);
  });
});
