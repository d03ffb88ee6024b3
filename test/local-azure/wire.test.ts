import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalAzure, type LocalAzure } from '../../src/local-azure/start.ts';
import { captureOf, connect, watcherName, wire } from './clients.ts';
import { createManualPace } from './manual-pace.ts';

const version = 'api-version=2026-01-01';
const pace = createManualPace();
let azure: LocalAzure;
let ask: ReturnType<typeof wire>;
let token: string;
let base: string;

beforeAll(async () => {
  azure = await startLocalAzure({ pace });
  ask = wire(azure.connection);
  token = await tokenFor(azure.connection);
  base = `/subscriptions/${azure.connection.subscriptionId}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/${watcherName}/packetCaptures`;
});
afterAll(async () => {
  await azure.stop();
});

async function tokenFor(application: { clientId: string; clientSecret: string }): Promise<string> {
  const { credential } = connect(azure.connection, application);
  return (await credential.getToken('https://management.azure.com/.default')).token;
}

function put(name: string, account = azure.connection.storageAccount) {
  const properties = captureOf(azure.connection, 'web-01', { blob: `${name}.cap`, account });
  return ask('PUT', `${base}/${name}?${version}`, { token, json: { properties } });
}

async function created(name: string): Promise<void> {
  await put(name);
  pace.run();
}

function path(url: unknown): string {
  return String(url).slice(azure.connection.armEndpoint.length);
}

describe('the wire of Local Azure', () => {
  it('answers create with 201, the updating resource and an Azure-AsyncOperation address only', async () => {
    const reply = await put('first');
    const polled = await ask('GET', path(reply.headers['azure-asyncoperation']), { token });
    pace.run();
    const ended = await ask('GET', path(reply.headers['azure-asyncoperation']), { token });
    const resource = await ask('GET', `${base}/first?${version}`, { token });

    expect(reply.status).toBe(201);
    expect(reply.headers['location']).toBeUndefined();
    expect(reply.headers['azure-asyncnotification']).toBe('Enabled');
    expect(JSON.parse(reply.text)).toMatchObject({
      name: 'first',
      type: 'Microsoft.Network/networkWatchers/packetCaptures',
      properties: {
        provisioningState: 'Updating',
        scope: { include: [], exclude: [] },
        targetType: 'AzureVM',
        totalBytesPerSession: 1_073_741_824,
        filters: [],
      },
    });
    expect(JSON.parse(polled.text)).toEqual({ status: 'InProgress' });
    expect(JSON.parse(ended.text)).toEqual({ status: 'Succeeded' });
    expect(JSON.parse(resource.text).properties.provisioningState).toBe('Succeeded');
    expect(polled.headers['x-ms-correlation-request-id']).toMatch(/^[\da-f-]{36}$/u);
  });

  it('shows the watcher etag on all its captures and renews it with every write', async () => {
    await created('etag-a');
    const before = await ask('GET', `${base}/etag-a?${version}`, { token });
    await created('etag-b');
    const list = JSON.parse((await ask('GET', `${base}?${version}`, { token })).text);
    const after = await ask('GET', `${base}/etag-a?${version}`, { token });

    expect(before.headers['etag']).toBe(JSON.parse(before.text).etag);
    expect(after.headers['etag']).not.toBe(before.headers['etag']);
    expect(new Set(list.value.map(({ etag }: { etag: string }) => etag)).size).toBe(1);
  });

  it('answers queryStatus of a running session with 202 and Location only, then null, then the status', async () => {
    await created('asked');

    const reply = await ask('POST', `${base}/asked/queryStatus?${version}`, { token });
    const pending = await ask('GET', path(reply.headers['location']), { token });
    pace.run();
    const done = await ask('GET', path(reply.headers['location']), { token });

    expect(reply.status).toBe(202);
    expect(reply.headers['azure-asyncoperation']).toBeUndefined();
    expect(reply.headers['retry-after']).toBe('10');
    expect(JSON.parse(reply.text)).toMatchObject({ packetCaptureStatus: 'Running' });
    expect([pending.status, pending.text]).toEqual([202, 'null']);
    expect(pending.headers['azure-asyncoperation']).toBeDefined();
    expect(JSON.parse(done.text)).toMatchObject({ packetCaptureStatus: 'Running', packetCaptureError: [] });
  });

  it('answers stop with 202 and both addresses, whose result is 200 null, and delete with 204 at the end', async () => {
    await created('ending');

    const stop = await ask('POST', `${base}/ending/stop?${version}`, { token });
    const status = path(stop.headers['azure-asyncoperation']);
    const stopping = await ask('GET', status, { token });
    pace.run();
    const stopped = await ask('GET', status, { token });
    const result = await ask('GET', path(stop.headers['location']), { token });
    const query = await ask('POST', `${base}/ending/queryStatus?${version}`, { token });
    const remove = await ask('DELETE', `${base}/ending?${version}`, { token });
    const deleting = await ask('GET', `${base}/ending?${version}`, { token });
    pace.run();
    const removed = await ask('GET', path(remove.headers['location']), { token });
    const gone = await ask('GET', path(remove.headers['azure-asyncoperation']), { token });

    expect([stop.status, stop.text]).toEqual([202, '']);
    expect(JSON.parse(stopping.text)).toEqual({ status: 'InProgress' });
    expect(JSON.parse(stopped.text)).toEqual({ status: 'Succeeded', properties: {} });
    expect([result.status, result.text]).toEqual([200, 'null']);
    expect(query.status).toBe(200);
    expect(JSON.parse(query.text)).toMatchObject({ packetCaptureStatus: 'Stopped', stopReason: 'Manual' });
    expect(JSON.parse(deleting.text).properties.provisioningState).toBe('Deleting');
    expect([remove.status, removed.status, removed.text]).toEqual([202, 204, '']);
    expect(JSON.parse(gone.text)).toEqual({ status: 'Succeeded' });
    for (const reply of [stop, result, remove, removed]) {
      expect(reply.headers['azure-asyncoperation']).toMatch(/\/operations\//u);
      expect(reply.headers['location']).toMatch(/\/operationResults\//u);
    }
  });

  it.each(['t', 'c', 's', 'h'])('refuses an operation address whose %s was altered', async (name) => {
    const reply = await put(`signed-${name}`);
    const url = new URL(String(reply.headers['azure-asyncoperation']));
    const genuine = await ask('GET', path(url), { token });
    const value = url.searchParams.get(name) ?? '';
    url.searchParams.set(name, `${value.slice(0, -1)}${value.endsWith('A') ? 'B' : 'A'}`);

    const altered = await ask('GET', path(url), { token });

    expect(url.href.length).toBeGreaterThan(3000);
    expect(genuine.status).toBe(200);
    expect(altered.status).toBe(403);
  });

  it('refuses no token, a foreign one, one for storage, and a wrong secret', async () => {
    const storage = await connect(azure.connection).credential.getToken('https://storage.azure.com/.default');
    const none = await ask('GET', `${base}?${version}`);
    const foreign = await ask('GET', `${base}?${version}`, { token: 'aGk.aGk.' });
    const elsewhere = await ask('GET', `${base}?${version}`, { token: storage.token });
    const secret = connect(azure.connection, { ...azure.connection, clientSecret: 'wrong' }).credential;

    expect([none, foreign, elsewhere].map(({ status }) => status)).toEqual([401, 401, 401]);
    expect([none, foreign, elsewhere].map(({ text }) => JSON.parse(text).error.code)).toEqual([
      'AuthenticationFailed',
      'InvalidAuthenticationToken',
      'InvalidAuthenticationTokenAudience',
    ]);
    expect(none.headers['www-authenticate']).toContain('Bearer ');
    await expect(secret.getToken('https://management.azure.com/.default')).rejects.toThrow(/AADSTS7000215/u);
  });

  it('forbids an application without rights, naming the action it lacks', async () => {
    const stranger = await tokenFor(azure.connection.unprivileged);

    const reply = await ask('PUT', `${base}/x?${version}`, { token: stranger, json: {} });

    expect(reply.status).toBe(403);
    expect(JSON.parse(reply.text).error).toMatchObject({
      code: 'AuthorizationFailed',
      message: expect.stringContaining('Microsoft.Network/networkWatchers/packetCaptures/write'),
    });
  });

  it('answers what is not there in ARM words', async () => {
    const { subscriptionId, resourceGroup } = azure.connection;
    const vm = (sub: string, group: string, name: string): string =>
      `/subscriptions/${sub}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}?${version}`;
    const asked = await Promise.all(
      [
        vm(subscriptionId, resourceGroup, 'nobody'),
        vm(subscriptionId, 'no-such-group', 'web-01'),
        vm('00000000-0000-0000-0000-000000000000', resourceGroup, 'web-01'),
        vm(subscriptionId, 'NetworkWatcherRG', 'web-01'),
        `${base}/nothing?${version}`,
        base,
      ].map((target) => ask('GET', target, { token })),
    );

    expect(asked.map(({ status, text }) => [status, JSON.parse(text).error.code])).toEqual([
      [404, 'ResourceNotFound'],
      [404, 'ResourceGroupNotFound'],
      [404, 'SubscriptionNotFound'],
      [404, 'ResourceNotFound'],
      [404, 'NotFound'],
      [400, 'MissingApiVersionParameter'],
    ]);
  });

  it('refuses a create request that breaks the contract', async () => {
    const json = { properties: { ...captureOf(azure.connection, 'web-01'), timeLimitInSeconds: 999_999 } };

    const reply = await ask('PUT', `${base}/long?${version}`, { token, json });

    expect([reply.status, JSON.parse(reply.text).error.code]).toEqual([400, 'InvalidRequestFormat']);
  });
});
