import { beforeEach, describe, expect, it } from 'vitest';
import { createSettings } from '../../src/local-azure/control/settings.ts';
import { createStats } from '../../src/local-azure/control/stats.ts';
import { createThrottle } from '../../src/local-azure/throttle.ts';
import { captureOf, connect, listed, watcherName } from './clients.ts';
import { setStage } from './stage.ts';

const stage = await setStage();
beforeEach(async () => {
  await change({ refuseParallelWrites: false, sessionLimit: 10_000 });
});

async function change(settings: object): Promise<void> {
  expect((await stage.control('settings', settings)).status).toBe(200);
}

function code(reply: { text: string }): unknown {
  return JSON.parse(reply.text).error.code;
}

const request = { caller: 'me', subscription: 'one', method: 'PUT', path: '/x' };
function buckets(throttle: boolean) {
  const clock = { now: 0 };
  const parts = { settings: createSettings({ throttle }), stats: createStats(), now: () => clock.now };
  return { ...createThrottle(parts), clock };
}

describe('the token buckets', () => {
  it('are as large as documented, count down in the headers, and refill', () => {
    const { draw, clock } = buckets(true);
    const first = draw(request);
    const rest = Array.from({ length: 199 }, () => draw(request));
    const empty = draw(request);
    clock.now += 1000;
    const refilled = Array.from({ length: 11 }, () => draw(request).refusal !== undefined);

    expect(first.headers).toMatchObject({
      'x-ms-ratelimit-remaining-subscription-writes': '199',
      'x-ms-ratelimit-remaining-subscription-global-writes': '2999',
    });
    expect(rest.some(({ refusal }) => refusal !== undefined)).toBe(false);
    expect(empty.refusal).toMatchObject({
      status: 429,
      headers: { 'retry-after': '1' },
      body: { error: { code: 'SubscriptionRequestsThrottled' } },
    });
    expect(refilled.filter(Boolean)).toHaveLength(1);
  });

  it('are kept apart by caller, subscription and kind, and charge queryStatus as a read', () => {
    const { draw } = buckets(true);
    Array.from({ length: 200 }, () => draw(request));

    expect(draw(request).refusal).toBeDefined();
    expect(draw({ ...request, caller: 'you' }).refusal).toBeUndefined();
    expect(draw({ ...request, subscription: 'two' }).refusal).toBeUndefined();
    expect(draw({ ...request, method: 'DELETE' }).refusal).toBeUndefined();
    expect(draw({ ...request, method: 'POST', path: '/x/queryStatus' }).headers).toHaveProperty(
      'x-ms-ratelimit-remaining-subscription-global-reads',
    );
  });

  it('refuse nothing while throttling is off', () => {
    const { draw } = buckets(false);

    const refusals = Array.from({ length: 1000 }, () => draw(request).refusal);

    expect(refusals.every((refusal) => refusal === undefined)).toBe(true);
  });
});

describe('the limits of the service', () => {
  it('refuses a write while another of the same watcher is under way, only if asked to', async () => {
    const free = [await stage.put('a'), await stage.put('b', captureOf(stage.connection, 'web-02'))];
    await change({ refuseParallelWrites: true });

    const busy = await stage.put('c');
    const stop = await stage.capture('POST', `/a/stop`);
    stage.pace.run();
    const after = await stage.put('c');

    expect(free.map(({ status }) => status)).toEqual([201, 201]);
    expect([busy.status, code(busy)]).toEqual([409, 'AnotherOperationInProgress']);
    expect(JSON.parse(busy.text).error.message).toMatch(
      /^Another operation on this or dependent resource is in progress\. To retrieve status of the operation use uri: https:\/\/\S+\/operations\/\S+\?api-version=2026-01-01\.$/u,
    );
    expect([stop.status, after.status]).toEqual([409, 201]);
  });

  it('refuses more sessions than a region may have; a stopped one makes room', async () => {
    await change({ sessionLimit: 1 });
    const first = await stage.put('a');
    const second = await stage.put('b');
    stage.pace.run();
    await stage.capture('POST', `/a/stop`);
    stage.pace.run();
    const third = await stage.put('b');

    expect([first.status, second.status, third.status]).toEqual([201, 400, 201]);
    expect(code(second)).toBe('LocalAzureSessionLimitReached');
  });

  it('refuses settings that do not exist', async () => {
    const replies = await Promise.all(
      [{ faultRate: 2 }, { gremlins: true }, { faultKinds: ['explode'] }].map((json) =>
        stage.ask('POST', '/_local/settings', { json }),
      ),
    );

    expect(replies.map(({ status }) => status)).toEqual([400, 400, 400]);
  });
});

describe('credentials', () => {
  it('withdrawn refuse sign-ins and tokens that are out; given back, both work again', async () => {
    const clients = connect(stage.connection);
    await listed(clients.network.networkWatchers.listAll());
    await stage.control('credentials', { valid: false });

    await expect(listed(clients.network.networkWatchers.listAll())).rejects.toMatchObject({
      statusCode: 401,
    });
    await expect(
      connect(stage.connection).credential.getToken('https://management.azure.com/.default'),
    ).rejects.toThrow(/AADSTS7000222/u);
    await stage.control('credentials', { valid: true });
    await expect(listed(clients.network.networkWatchers.listAll())).resolves.toHaveLength(2);
  });

  it('live as short as asked for from now on', async () => {
    await stage.control('credentials', { tokenLifetimeSeconds: 7 });

    const { expiresOnTimestamp } = await connect(stage.connection).credential.getToken(
      'https://management.azure.com/.default',
    );
    await stage.control('credentials', { tokenLifetimeSeconds: 3599 });

    expect(expiresOnTimestamp - Date.now()).toBeLessThan(60_000);
  });

  it('of the reader read captures and make none', async () => {
    const reader = connect(stage.connection, stage.connection.reader);
    const { packetCaptures } = reader.network;
    const wanted = captureOf(stage.connection, 'web-01');

    await expect(listed(packetCaptures.list('NetworkWatcherRG', watcherName))).resolves.toEqual([]);
    await expect(packetCaptures.create('NetworkWatcherRG', watcherName, 'x', wanted)).rejects.toMatchObject({
      statusCode: 403,
      code: 'AuthorizationFailed',
    });
  });
});
