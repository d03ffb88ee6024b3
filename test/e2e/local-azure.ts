import { request } from 'node:https';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { environmentOf } from '../../src/cli/local-azure-process.ts';
import { startLocalAzure } from '../../src/local-azure/start.ts';

const Entry = z.object({ method: z.string(), path: z.string(), status: z.number().nullable() });
const Planted = z.object({
  kind: z.string(),
  actor: z.array(z.string()),
  target: z.array(z.string()),
  count: z.number().nullable(),
  frames: z.array(z.number()),
  /** false for what a fault only brings along. */
  main: z.boolean(),
});
export type Planted = z.infer<typeof Planted>;

/** A simulated Azure for one test file, and what it saw. */
export async function openAzure() {
  const azure = await startLocalAzure({ timeScale: 0.2 });
  const { connection } = azure;
  const ca = readFileSync(connection.caFile);
  const ask = (path: string, body?: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const options = { ca, method: body === undefined ? 'GET' : 'POST' };
      const sent = request(`${connection.controlEndpoint}${path}`, options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(JSON.parse(text)));
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return {
    connection,
    environment: environmentOf({ ...connection, vms: [...connection.vms] }),
    captures: async () => z.array(z.object({ name: z.string() })).parse(await ask('/captures')),
    /** Names of the captures that were asked for, one entry for each PUT. */
    puts: async () =>
      z
        .array(Entry)
        .parse(await ask('/history'))
        .filter(({ method, path }) => method === 'PUT' && path.includes('/packetCaptures/'))
        .map(({ path }) => /packetCaptures\/([^/?]+)/.exec(path)?.[1] ?? ''),
    planted: async (capture: string) => z.array(Planted).parse(await ask(`/planted?capture=${capture}`)),
    plantForeign: (name: string, vm: string) => ask('/foreign-capture', { name, vm }),
    plantFault: (rule: unknown) => ask('/faults', rule),
    stop: () => azure.stop(),
  };
}
