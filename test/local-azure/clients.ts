import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { ComputeManagementClient } from '@azure/arm-compute';
import { NetworkManagementClient, type PacketCapture } from '@azure/arm-network';
import { StorageManagementClient } from '@azure/arm-storage';
import { ClientSecretCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import type { LocalAzureConnection } from '../../src/local-azure/start.ts';

/** An answer as it came over the wire. */
export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export const watcherGroup = 'NetworkWatcherRG';
export const watcherName = 'NetworkWatcher_eastus';

/** The real SDK clients, unmodified, for one application. */
export function connect(
  to: LocalAzureConnection,
  application: { clientId: string; clientSecret: string } = to,
) {
  const ca = readFileSync(to.caFile, 'utf8');
  const tlsOptions = { ca };
  const credential = new ClientSecretCredential(to.tenantId, application.clientId, application.clientSecret, {
    authorityHost: to.authorityHost,
    disableInstanceDiscovery: true,
    tlsOptions,
  });
  const options = { endpoint: to.armEndpoint, tlsOptions };
  const blobOptions = { retryOptions: { maxTries: 1 }, tlsOptions };
  const blobService = new BlobServiceClient(
    to.blobEndpoint.replace('{account}', to.storageAccount),
    credential,
    blobOptions,
  );
  return {
    credential,
    network: new NetworkManagementClient(credential, to.subscriptionId, options),
    compute: new ComputeManagementClient(credential, to.subscriptionId, options),
    storage: new StorageManagementClient(credential, to.subscriptionId, options),
    blobs: blobService.getContainerClient(to.storageContainer),
  };
}

/** The full id of one of the simulated machines. */
export function machineId(at: LocalAzureConnection, name: string): string {
  return `/subscriptions/${at.subscriptionId}/resourceGroups/${at.resourceGroup}/providers/Microsoft.Compute/virtualMachines/${name}`;
}

/** A create request for a machine, into a blob of that name or a place that the service chooses. */
export function captureOf(
  at: LocalAzureConnection,
  vm: string,
  more: Partial<PacketCapture> & { account?: string; container?: string; blob?: string } = {},
): PacketCapture {
  const { account = at.storageAccount, container = at.storageContainer, blob, ...rest } = more;
  const storageId = `/subscriptions/${at.subscriptionId}/resourceGroups/${at.resourceGroup}/providers/Microsoft.Storage/storageAccounts/${account}`;
  const storagePath = `https://${account}.blob.core.windows.net/${container}/${blob}`;
  return {
    target: machineId(at, vm),
    timeLimitInSeconds: 60,
    storageLocation: blob === undefined ? { storageId } : { storageId, storagePath },
    ...rest,
  };
}

/** Speaks plain HTTPS to the server, without any SDK between. */
export function wire(connection: LocalAzureConnection) {
  const agent = new Agent({ ca: readFileSync(connection.caFile, 'utf8'), keepAlive: false });
  return (
    method: string,
    path: string,
    sending: { token?: string; json?: unknown; form?: Record<string, string> } = {},
  ): Promise<WireReply> =>
    new Promise((resolve, reject) => {
      const body = sending.form
        ? new URLSearchParams(sending.form).toString()
        : sending.json === undefined
          ? undefined
          : JSON.stringify(sending.json);
      const headers = {
        ...(sending.token !== undefined && { authorization: `Bearer ${sending.token}` }),
        'content-length': String(Buffer.byteLength(body ?? '')),
      };
      const url = new URL(path, connection.armEndpoint);
      const asked = request(url, { method, agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
}

/** All items of a paged list. */
export async function listed<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of pages) {
    items.push(item);
  }
  return items;
}

/** Asks again until the answer satisfies, for at most forty seconds, since the machine may be busy. */
export async function eventually<T>(ask: () => Promise<T>, enough: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 40_000;
  for (;;) {
    const answer = await ask();
    if (enough(answer)) {
      return answer;
    }
    if (Date.now() > deadline) {
      throw new Error(`Forty seconds later still: ${JSON.stringify(answer)}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}
