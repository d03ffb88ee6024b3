import { Agent, request } from 'node:https';
import { readFileSync } from 'node:fs';
import { createAzureCloud } from '../../../src/adapters/azure-cloud/azure-cloud.ts';
import type { AzureCloudOptions } from '../../../src/adapters/azure-cloud/options.ts';
import { startLocalAzure, type LocalAzure } from '../../../src/local-azure/start.ts';
import type { Cloud } from '../../../src/ports.ts';
import { realClock, silent } from './setting.ts';

/** A local Azure, a Cloud on the real SDKs that talks to it, and its side door. */
export interface Stage {
  azure: LocalAzure;
  cloud: Cloud;
  /** Another Cloud on the same Azure, configured otherwise. */
  cloudWith(changes: Partial<AzureCloudOptions>): Cloud;
  plant(rule: object): Promise<void>;
  clearFaults(): Promise<void>;
  /** Withdraws everybody's credentials, or takes them again. */
  acceptCredentials(valid: boolean): Promise<void>;
  foreignCapture(name: string, vm: string): Promise<void>;
  /** `METHOD path-of-the-last-segments` of what came since the last call. */
  requests(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts a local Azure twenty times faster than the real one. */
export async function setStage(changes: Partial<AzureCloudOptions> = {}): Promise<Stage> {
  const azure = await startLocalAzure({ timeScale: 0.05 });
  const { connection } = azure;
  const cloudWith = (more: Partial<AzureCloudOptions>): Cloud =>
    createAzureCloud({
      subscriptionId: connection.subscriptionId,
      defaultStorageAccount: connection.storageAccount,
      defaultStorageContainer: connection.storageContainer,
      capturePrefix: 'capwright-',
      armEndpoint: connection.armEndpoint,
      authorityHost: connection.authorityHost,
      caFile: connection.caFile,
      blobEndpoint: connection.blobEndpoint,
      environment: {
        AZURE_TENANT_ID: connection.tenantId,
        AZURE_CLIENT_ID: connection.clientId,
        AZURE_CLIENT_SECRET: connection.clientSecret,
      },
      clock: realClock,
      log: silent,
      timeouts: { pollMs: 50, requestMs: 5000, idleMs: 5000, readMs: 20_000, operationMs: 20_000 },
      ...changes,
      ...more,
    });
  const agent = new Agent({ ca: readFileSync(connection.caFile) });
  const control = (method: string, path: string, body?: object): Promise<string> =>
    call(agent, method, `${connection.controlEndpoint}/${path}`, body);
  let seen = 0;
  return {
    azure,
    cloud: cloudWith({}),
    cloudWith,
    plant: async (rule) => void (await control('POST', 'faults', rule)),
    acceptCredentials: async (valid) => void (await control('POST', 'credentials', { valid })),
    clearFaults: async () => void (await control('DELETE', 'faults')),
    foreignCapture: async (name, vm) => void (await control('POST', 'foreign-capture', { name, vm })),
    requests: async () => {
      const all = JSON.parse(await control('GET', 'history')) as { method: string; path: string }[];
      const fresh = all.slice(seen);
      seen = all.length;
      return fresh.map(
        ({ method, path }) => `${method} ${path.split('?')[0]?.split('/').slice(-2).join('/')}`,
      );
    },
    stop: async () => {
      agent.destroy();
      await azure.stop();
    },
  };
}

function call(agent: Agent, method: string, url: string, body: object | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        (response.statusCode ?? 500) < 400 ? resolve(text) : reject(new Error(`${method} ${url}: ${text}`)),
      );
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
