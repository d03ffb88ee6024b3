import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { environmentOf, LOCAL_AZURE } from '../../src/cli/local-azure-process.ts';

const Secret = z.object({ clientId: z.string(), clientSecret: z.string() });
const Connection = Secret.extend({
  armEndpoint: z.string(),
  authorityHost: z.string(),
  caFile: z.string(),
  blobEndpoint: z.string(),
  tenantId: z.string(),
  reader: Secret,
  unprivileged: Secret,
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  vms: z.array(z.string()).min(1),
  scaleSets: z.array(z.string()),
  storageAccount: z.string(),
  storageContainer: z.string(),
  controlEndpoint: z.string(),
});

export const Verdict = z.object({
  created: z.number(),
  forgotten: z.number(),
  maxRunningPerVm: z.number(),
  stillThere: z.array(z.string()),
  foreignStillThere: z.array(z.string()),
  violations: z.array(z.string()),
});
export type Verdict = z.infer<typeof Verdict>;

const Stats = z.object({
  faults: z.number(),
  requests: z.number(),
  faultsByKind: z.record(z.string(), z.number()),
});

/** A simulated Azure in its own process, which outlives every server that talks to it. */
export type ChaosAzure = Awaited<ReturnType<typeof startAzure>>;

/** Starts Local Azure with these flags; it ends with this process, however this process ends. */
export async function startAzure(flags: readonly string[]) {
  const child = spawn(process.execPath, [...LOCAL_AZURE, ...flags], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('Local Azure did not start'))),
  ]);
  const connection = Connection.parse(JSON.parse(String(line)));
  const ca = readFileSync(connection.caFile);
  const ask = asker(ca);
  const control = (method: string, path: string, body?: unknown): Promise<unknown> =>
    ask(method, `${connection.controlEndpoint}/${path}`, {}, body);
  return {
    connection,
    environment: environmentOf(connection),
    pid: child.pid,
    setFaults: (settings: { faultRate: number; seed?: number }) => control('POST', 'settings', settings),
    plantFault: (rule: unknown) => control('POST', 'faults', rule),
    forgetFaults: () => control('DELETE', 'faults'),
    plantForeign: (name: string, vm: string) => control('POST', 'foreign-capture', { name, vm }),
    history: async () => z.array(HistoryEntry).parse(await control('GET', 'history')),
    stats: async () => Stats.parse(await control('GET', 'stats')),
    verdict: async () => Verdict.parse(await control('GET', 'verdict')),
    /** What must never be found on a disk: the secrets of the applications and the keys of the account. */
    secrets: () => secretsOf(connection, ask),
    stop: async (): Promise<void> => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
    },
  };
}

const HistoryEntry = z.object({
  method: z.string(),
  path: z.string(),
  status: z.number().nullable(),
  fault: z.string().optional(),
});

type Ask = ReturnType<typeof asker>;

function asker(ca: Buffer) {
  return (method: string, url: string, headers: Record<string, string>, body?: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const sent = request(url, { ca, method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          if ((response.statusCode ?? 500) >= 400) {
            reject(new Error(`${method} ${url}: ${response.statusCode} ${text}`));
          } else {
            resolve(text === '' ? null : JSON.parse(text));
          }
        });
      });
      sent.on('error', reject);
      sent.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
    });
}

async function secretsOf(connection: z.infer<typeof Connection>, ask: Ask): Promise<string[]> {
  const { tenantId, clientId, clientSecret, armEndpoint, subscriptionId } = connection;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'https://management.azure.com/.default',
  });
  const token = z
    .object({ access_token: z.string() })
    .parse(
      await ask(
        'POST',
        `${connection.authorityHost}/${tenantId}/oauth2/v2.0/token`,
        { 'content-type': 'application/x-www-form-urlencoded' },
        form.toString(),
      ),
    ).access_token;
  const account = `${armEndpoint}/subscriptions/${subscriptionId}/resourceGroups/${connection.resourceGroup}/providers/Microsoft.Storage/storageAccounts/${connection.storageAccount}`;
  const { keys } = z
    .object({ keys: z.array(z.object({ value: z.string() })) })
    .parse(
      await ask('POST', `${account}/listKeys?api-version=2024-01-01`, { authorization: `Bearer ${token}` }),
    );
  return [
    clientSecret,
    connection.reader.clientSecret,
    connection.unprivileged.clientSecret,
    ...keys.map(({ value }) => value),
  ];
}
