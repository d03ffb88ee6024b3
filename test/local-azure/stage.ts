import type { PacketCapture } from '@azure/arm-network';
import { afterAll, beforeEach } from 'vitest';
import { startLocalAzure } from '../../src/local-azure/start.ts';
import { captureOf, connect, watcherName, wire } from './clients.ts';
import { createManualPace } from './manual-pace.ts';

/**
 * A Local Azure that gets on only when told to, and short ways to talk to it without any SDK between. It serves the tests
 * of one file; each finds it without faults, and with nothing that waits or was.
 */
export async function setStage() {
  const pace = createManualPace();
  const azure = await startLocalAzure({ pace });
  const { connection } = azure;
  const ask = wire(connection);
  const { credential } = connect(connection);
  const { token } = await credential.getToken('https://management.azure.com/.default');
  const captures = `/subscriptions/${connection.subscriptionId}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/${watcherName}/packetCaptures`;
  beforeEach(async () => {
    pace.stop();
    await ask('POST', '/_local/reset');
  });
  afterAll(() => azure.stop());
  /** A request about captures; `tail` is what comes behind their path. */
  const capture = (method: string, tail: string, json?: unknown) =>
    ask(method, `${captures}${tail}?api-version=2026-01-01`, { token, json });
  return {
    azure,
    connection,
    pace,
    token,
    ask,
    capture,
    put(name: string, wanted?: PacketCapture) {
      const properties = wanted ?? captureOf(connection, 'web-01', { blob: `${name}.cap` });
      return capture('PUT', `/${name}`, { properties });
    },
    /** What a control endpoint shows. */
    show: async (name: string) => JSON.parse((await ask('GET', `/_local/${name}`)).text),
    control: (name: string, json?: unknown) => ask('POST', `/_local/${name}`, { json }),
  };
}
