import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLocalAzure, type LocalAzure } from '../../src/local-azure/start.ts';
import { captureOf, connect, eventually, listed, watcherGroup, watcherName, wire } from './clients.ts';

const quick = { updateIntervalInMs: 40 };
let azure: LocalAzure;
let clients: ReturnType<typeof connect>;
let ask: ReturnType<typeof wire>;

beforeAll(async () => {
  azure = await startLocalAzure({ timeScale: 0.02 });
  clients = connect(azure.connection);
  ask = wire(azure.connection);
});
afterAll(async () => {
  await azure.stop();
});
beforeEach(async () => {
  await ask('DELETE', '/_local/faults');
});

async function history(): Promise<{ method: string; path: string; status: number | null }[]> {
  return JSON.parse((await ask('GET', '/_local/history')).text);
}

async function plant(rule: unknown): Promise<void> {
  expect((await ask('POST', '/_local/faults', { json: rule })).status).toBe(201);
}

function create(name: string) {
  const wanted = captureOf(azure.connection, 'web-01', { blob: `${name}.cap` });
  return clients.network.packetCaptures.create(watcherGroup, watcherName, name, wanted, quick);
}

describe('the control endpoint', () => {
  it('keeps the requests in order, without tokens and without signed addresses', async () => {
    await create('noted');

    const seen = await history();

    const mine = seen.filter(({ path }) => path.includes('noted') || path.includes('/operations/'));
    expect(mine[0]).toMatchObject({ method: 'PUT', status: 201 });
    expect(mine.at(-1)).toMatchObject({ method: 'GET', status: 200 });
    expect(seen.some(({ path }) => path.startsWith('/_local'))).toBe(false);
    expect(JSON.stringify(seen)).not.toContain('&s=');
  });

  it('plants a capture of somebody else, which the SDK then lists as running', async () => {
    await ask('POST', '/_local/foreign-capture', { json: { name: 'somebody-else', vm: 'web-02' } });

    const names = await listed(clients.network.packetCaptures.list(watcherGroup, watcherName));
    const inside = JSON.parse((await ask('GET', '/_local/captures')).text);

    expect(names.map(({ name }) => name)).toContain('somebody-else');
    expect(inside).toContainEqual(
      expect.objectContaining({ name: 'somebody-else', vm: 'web-02', packetCaptureStatus: 'Running' }),
    );
  });

  it('fails as many requests as a rule says, then lets them through', async () => {
    await plant({
      match: { method: 'GET', pathIncludes: '/networkWatchers' },
      times: 2,
      action: { status: 429, retryAfterSeconds: 0 },
    });
    const before = (await history()).length;

    const watchers = await listed(clients.network.networkWatchers.listAll());

    const asked = (await history()).slice(before).filter(({ path }) => path.includes('/networkWatchers'));
    expect(watchers.map(({ name }) => name)).toContain(watcherName);
    expect(asked.map(({ status }) => status)).toEqual([429, 429, 200]);
  });

  it('cuts the connection after the work was done, so that the SDK sends the create twice', async () => {
    await plant({ match: { method: 'PUT' }, action: 'reset-after' });

    const created = await create('cut-after');

    const puts = (await history()).filter(
      ({ method, path }) => method === 'PUT' && path.includes('cut-after'),
    );
    const inside = JSON.parse((await ask('GET', '/_local/captures')).text);
    expect(created.provisioningState).toBe('Succeeded');
    expect(puts.map(({ status }) => status)).toEqual([null, 201]);
    expect(inside.filter(({ name }: { name: string }) => name === 'cut-after')).toHaveLength(1);
  });

  it('cuts the connection before the work is done', async () => {
    await plant({ match: { method: 'DELETE' }, action: 'reset-before' });

    await expect(ask('DELETE', '/subscriptions/x')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('leaves a request hanging until the client gives up', async () => {
    await plant({ match: { pathIncludes: 'networkWatchers' }, action: 'hang' });

    const asked = listed(clients.network.networkWatchers.listAll({ abortSignal: AbortSignal.timeout(300) }));

    await expect(asked).rejects.toThrow(/abort/iu);
  });

  it('fails a long-running operation as Azure does', async () => {
    await plant({ match: { method: 'PUT' }, action: 'lro-failed' });

    await expect(create('doomed')).rejects.toThrow(/InternalServerError/u);

    const inside = await eventually(
      async () => JSON.parse((await ask('GET', '/_local/captures')).text),
      (captures) => captures.length > 0,
    );
    expect(inside).toContainEqual(expect.objectContaining({ name: 'doomed', provisioningState: 'Failed' }));
  });

  it('refuses a rule it does not understand', async () => {
    const reply = await ask('POST', '/_local/faults', { json: { match: {}, action: 'explode' } });

    expect(reply.status).toBe(400);
  });
});
