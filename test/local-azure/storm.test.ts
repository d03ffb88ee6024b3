import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLocalAzure, type LocalAzure } from '../../src/local-azure/start.ts';
import { captureOf, connect, eventually, watcherName, wire, type WireReply } from './clients.ts';

let azure: LocalAzure;

beforeAll(async () => {
  azure = await startLocalAzure({
    timeScale: 0.01,
    fleet: 20,
    seed: 5,
    settings: { faultRate: 0.3, refuseParallelWrites: true, throttle: true },
  });
});
afterAll(async () => {
  await azure.stop();
});

it('stays whole under three faults in ten requests: what was planted is all that goes wrong', async () => {
  const { connection } = azure;
  const ask = wire(connection);
  const token = (await connect(connection).credential.getToken('https://management.azure.com/.default'))
    .token;
  const base = `/subscriptions/${connection.subscriptionId}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/${watcherName}/packetCaptures`;
  const texts: string[] = [];
  // A careless client: every request is sent until one is answered well, ten times at most.
  const insist = async (method: string, tail: string, json?: unknown): Promise<WireReply | undefined> => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const reply = await ask(method, `${base}${tail}?api-version=2026-01-01`, { token, json }).catch(
        () => undefined,
      );
      texts.push(reply?.text ?? '');
      if (reply !== undefined && reply.status < 300) {
        return reply;
      }
    }
    return undefined;
  };
  const lives = Array.from({ length: 20 }, async (_, index) => {
    const name = `/storm-${index}`;
    const properties = captureOf(connection, `fleet-${String(index + 1).padStart(3, '0')}`, {
      blob: `${name}.cap`,
    });
    await insist('PUT', name, { properties });
    await insist('GET', name);
    await insist('POST', `${name}/queryStatus`);
    await insist('POST', `${name}/stop`);
    await insist('DELETE', name);
  });
  await Promise.all(lives);
  const stats = JSON.parse((await ask('GET', '/_local/stats')).text);
  await ask('POST', '/_local/settings', {
    json: { faultRate: 0, refuseParallelWrites: false, throttle: false },
  });

  const verdict = await eventually(
    async () => {
      const list = await insist('GET', '');
      const left: { name: string }[] = JSON.parse(list?.text ?? '{}').value ?? [];
      await Promise.all(left.map(({ name }) => insist('DELETE', `/${name}`)));
      return JSON.parse((await ask('GET', '/_local/verdict')).text);
    },
    ({ stillThere }) => stillThere.length === 0,
  );

  expect(stats.faults).toBeGreaterThan(50);
  expect(stats.refusals.parallelWrites).toBeGreaterThan(0);
  expect(texts.filter((text) => text.includes('Local Azure itself failed'))).toEqual([]);
  expect(verdict.maxRunningPerVm).toBe(1);
  expect(verdict.created).toBeGreaterThan(0);
});
