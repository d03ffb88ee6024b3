import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { defaultFaultKinds, faultKind } from '../../src/local-azure/control/fault-kinds.ts';
import { createFaults } from '../../src/local-azure/control/faults.ts';
import { createSettings, type Settings } from '../../src/local-azure/control/settings.ts';
import { createStats } from '../../src/local-azure/control/stats.ts';
import { setStage } from './stage.ts';

const stage = await setStage();

async function plant(action: unknown, method = 'PUT'): Promise<void> {
  const reply = await stage.control('faults', { match: { method }, action });
  expect(reply.status).toBe(201);
}

function get(name: string) {
  return stage.capture('GET', `/${name}`);
}

async function stateOf(reply: { headers: Readonly<Record<string, unknown>> }): Promise<unknown> {
  const url = new URL(String(reply.headers['azure-asyncoperation']));
  return JSON.parse((await stage.ask('GET', url.href, { token: stage.token })).text);
}

async function inside(): Promise<Record<string, unknown>[]> {
  return await stage.show('captures');
}

describe('a planted fault', () => {
  it('hides a new capture from reads for a while, although it was answered with 201', async () => {
    await plant('stale-get');
    const created = await stage.put('hidden');
    const read = await get('hidden');
    const list = await stage.capture('GET', ``);
    stage.pace.run();

    expect([created.status, read.status, JSON.parse(list.text).value]).toEqual([201, 404, []]);
    expect((await get('hidden')).status).toBe(200);
  });

  it('applies a request later than it refuses it', async () => {
    await plant('delayed-apply');
    const refused = await stage.put('late');
    const before = await get('late');
    stage.pace.run();

    expect([refused.status, before.status, (await get('late')).status]).toEqual([503, 404, 200]);
  });

  it('applies a request and never answers it', async () => {
    await plant('hang-after');
    const silence = stage.put('unanswered').catch(() => 'never answered');
    await expect.poll(async () => (await get('unanswered')).status).toBe(200);

    expect(await Promise.race([silence, delay(200, 'still silent')])).toBe('still silent');
  });

  it('lets an operation never end, be canceled, or take ten times as long', async () => {
    await plant('lro-stuck');
    const stuck = await stage.put('stuck');
    await plant('lro-canceled');
    const canceled = await stage.put('canceled');
    stage.pace.run();
    stage.pace.run();

    expect(await stateOf(stuck)).toEqual({ status: 'InProgress' });
    expect(await stateOf(canceled)).toMatchObject({ status: 'Canceled' });
    expect(JSON.parse((await get('stuck')).text).properties.provisioningState).toBe('Updating');
    expect(JSON.parse((await get('canceled')).text).properties.provisioningState).toBe('Failed');
  });

  it('still lets a capture with a stuck operation be deleted, and a failed one be put again', async () => {
    await plant('lro-stuck');
    await stage.put('stuck');
    await stage.capture('DELETE', `/stuck`);
    await plant('lro-failed');
    await stage.put('failed');
    stage.pace.run();
    await stage.put('failed');
    stage.pace.run();

    expect((await get('stuck')).status).toBe(404);
    expect(await inside()).toMatchObject([{ name: 'failed', packetCaptureStatus: 'Running' }]);
  });

  it.each([
    ['quota', 400],
    ['session-failed', 201],
    [{ status: 412 }, 412],
  ])('answers a create with %j as %d', async (action, status) => {
    await plant(action);

    expect((await stage.put('one')).status).toBe(status);
  });

  it('loses an operation that is being polled', async () => {
    const created = await stage.put('lost');
    await plant('operation-expired', 'GET');

    expect(await stateOf(created)).toMatchObject({ error: { code: 'OperationNotFound' } });
    expect(await stateOf(created)).toEqual({ status: 'InProgress' });
  });

  it('fails a session, and says so in its status only', async () => {
    await plant('session-failed');
    await stage.put('failing');
    stage.pace.run();

    expect(JSON.parse((await get('failing')).text).properties.provisioningState).toBe('Succeeded');
    expect(await inside()).toMatchObject([
      { packetCaptureStatus: 'Error', packetCaptureError: ['CaptureFailed'] },
    ]);
  });

  it('is counted and shown in the history', async () => {
    await plant({ status: 503, retryAfterSeconds: 0 });
    await stage.put('counted');

    const stats = await stage.show('stats');
    const history = await stage.show('history');

    expect(stats).toMatchObject({ faults: 1, faultsByKind: { 'status-503-retry-after': 1 } });
    expect(history).toMatchObject([{ method: 'PUT', status: 503, fault: 'status-503-retry-after' }]);
  });
});

function draw(
  settings: Partial<Settings>,
  wanted: readonly Parameters<ReturnType<typeof createFaults>['take']>[0][],
) {
  const stats = createStats();
  const faults = createFaults({ settings: createSettings(settings), stats });
  return { taken: wanted.map((request) => faults.take(request)), stats: stats.report() };
}

describe('random faults', () => {
  const requests = Array.from({ length: 2000 }, (_, index) => {
    const kind = (['create', 'change', 'poll', 'read'] as const)[index % 4] ?? 'read';
    return { service: 'arm' as const, kind, method: 'GET', path: '/' };
  });
  it('depend on the seed and the ordinal of the request alone', () => {
    const [one, same, other] = [7, 7, 8].map((seed) => draw({ faultRate: 0.1, seed }, requests).taken);

    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
  });

  it('come about as often as asked for, of every kind that fits, and are counted', () => {
    const { taken, stats } = draw({ faultRate: 0.1 }, requests);
    const hits = taken.filter((fault) => fault !== undefined).length;

    expect(hits).toBeGreaterThan(140);
    expect(hits).toBeLessThan(260);
    expect(stats.faults).toBe(hits);
    const fitting = defaultFaultKinds.filter((kind) => !kind.startsWith('blob-'));
    expect(Object.keys(stats.faultsByKind).toSorted()).toEqual(fitting.toSorted());
  });

  it('befall only requests for which they make sense', () => {
    const reads = draw(
      { faultRate: 1, faultKinds: [...faultKind.options] },
      requests.filter(({ kind }) => kind === 'read'),
    );
    const kinds = Object.keys(reads.stats.faultsByKind);

    expect(kinds.some((kind) => /^(lro|stale|quota|blob|delayed|operation)/u.test(kind))).toBe(false);
    expect(kinds).toContain('reset-before');
  });

  it('are drawn from the chosen kinds only, leave sign-ins alone, and stop when switched off', async () => {
    const chosen = draw({ faultRate: 1, faultKinds: ['status-500'] }, requests).stats.faultsByKind;
    const signIn = draw({ faultRate: 1 }, [
      { service: 'identity', kind: 'read', method: 'POST', path: '/token' },
    ]);
    await stage.control('settings', { faultRate: 1, faultKinds: ['status-409'] });
    const struck = await stage.put('struck');
    await stage.control('settings', { faultRate: 0 });
    const spared = await stage.put('spared');

    expect(chosen).toEqual({ 'status-500': requests.length });
    expect(signIn.taken).toEqual([undefined]);
    expect([struck.status, spared.status]).toEqual([409, 201]);
  });
});
