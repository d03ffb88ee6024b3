import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import type { ComputeManagementClient } from '@azure/arm-compute';
import type { NetworkManagementClient } from '@azure/arm-network';
import type { StorageManagementClient } from '@azure/arm-storage';
import type { TokenCredential } from '@azure/identity';
import type { BlobClient, ContainerClient } from '@azure/storage-blob';
import { CapwrightError } from '../../domain/errors.ts';
import { loadCredential } from './credential.ts';
import { cloudFacts } from './clouds.ts';
import { lastingCredential } from './lasting-credential.ts';
import { DEFAULT_TIMEOUTS, type AzureCloudOptions } from './options.ts';
import { armPolicies } from './policies.ts';
import { createTokenBuckets } from './token-buckets.ts';

/** The SDK's clients, loaded when first asked for: importing them all costs half a second of a start. */
export interface Clients {
  network(subscriptionId: string): Promise<NetworkManagementClient>;
  compute(subscriptionId: string): Promise<ComputeManagementClient>;
  storage(subscriptionId: string): Promise<StorageManagementClient>;
  blob(url: string): Promise<BlobClient>;
  container(url: string): Promise<ContainerClient>;
}

/** Makes clients that share one credential and one trust store, one of each kind per subscription. */
export function createClients(options: AzureCloudOptions): Clients {
  const cloud = cloudFacts(options);
  const { requestMs } = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const buckets = createTokenBuckets(options.clock);
  const session = once(() => openSession(options));
  const arm = async (): Promise<[TokenCredential, ArmOptions]> => {
    const { credential, tls } = await session();
    const { log, clock } = options;
    const { armEndpoint } = cloud;
    const now = (): number => clock.now();
    const additionalPolicies = armPolicies({ armEndpoint, requestMs, log, now, buckets });
    const credentials = { scopes: [cloud.tokenScope] };
    return [credential, { endpoint: cloud.armEndpoint, credentials, additionalPolicies, ...tls }];
  };
  return {
    network: perSubscription(async (id) => {
      const [{ NetworkManagementClient }, [credential, settings]] = await Promise.all([
        import('@azure/arm-network'),
        arm(),
      ]);
      return new NetworkManagementClient(credential, id, settings);
    }),
    compute: perSubscription(async (id) => {
      const [{ ComputeManagementClient }, [credential, settings]] = await Promise.all([
        import('@azure/arm-compute'),
        arm(),
      ]);
      return new ComputeManagementClient(credential, id, settings);
    }),
    storage: perSubscription(async (id) => {
      const [{ StorageManagementClient }, [credential, settings]] = await Promise.all([
        import('@azure/arm-storage'),
        arm(),
      ]);
      return new StorageManagementClient(credential, id, settings);
    }),
    blob: async (url) => {
      const [{ BlobClient }, { credential, tls }] = await Promise.all([
        import('@azure/storage-blob'),
        session(),
      ]);
      return new BlobClient(url, credential, { ...tls, retryOptions: BLOB_RETRIES });
    },
    container: async (url) => {
      const [{ ContainerClient }, { credential, tls }] = await Promise.all([
        import('@azure/storage-blob'),
        session(),
      ]);
      return new ContainerClient(url, credential, { ...tls, retryOptions: BLOB_RETRIES });
    },
  };
}

interface ArmOptions {
  endpoint: string;
  credentials: { scopes: string[] };
  additionalPolicies: ReturnType<typeof armPolicies>;
  tlsOptions?: { ca: string[] };
}

interface Session {
  credential: TokenCredential;
  tls: { tlsOptions?: { ca: string[] } };
}

/** Our download loop has its own patience; the SDK's would hide a dead network for half a minute. */
const BLOB_RETRIES = { maxTries: 3, retryDelayInMs: 500, maxRetryDelayInMs: 4000 };

async function openSession(options: AzureCloudOptions): Promise<Session> {
  const ca = options.caFile === undefined ? undefined : await readAuthorities(options.caFile);
  const loaded = await loadCredential(options, ca);
  const credential = lastingCredential(loaded, () => options.clock.now());
  return { credential, tls: ca === undefined ? {} : { tlsOptions: { ca } } };
}

async function readAuthorities(path: string): Promise<string[]> {
  try {
    return [...rootCertificates, await readFile(path, 'utf8')];
  } catch (error) {
    throw new CapwrightError(
      'AZURE_NOT_CONFIGURED',
      'The configured CA file for Azure cannot be read.',
      'Correct the path of the CA file in the configuration, and see that the server may read it.',
      error,
    );
  }
}

/** Remembers a success; a failure is tried afresh the next time. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

function perSubscription<T>(make: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const made = new Map<string, () => Promise<T>>();
  return (id) => {
    const client = made.get(id) ?? once(() => make(id));
    made.set(id, client);
    return client();
  };
}
