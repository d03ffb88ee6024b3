import type { TokenCredential } from '@azure/identity';
import type { Clock, Log } from '../../ports.ts';
import type { CloudName } from './clouds.ts';

/** Milliseconds after which a part of the work is given up as hindered; the orchestrator tries again. */
export interface AzureTimeouts {
  /** One HTTP request and its answer. */
  requestMs: number;
  /** One read together with its retries and pages. */
  readMs: number;
  /** One write until Azure reports the long-running operation as done. */
  operationMs: number;
  /** Between two polls of an operation where Azure gives no interval. */
  pollMs: number;
  /** Without a byte of a download. */
  idleMs: number;
}

/** What the Azure adapter needs to know; null and left out mean Azure's public cloud and its usual credentials. */
export interface AzureCloudOptions {
  subscriptionId: string | null;
  /** Where the Azure CLI keeps its profile; left out means that the CLI's default subscription is not used. */
  azureConfigDir?: string;
  /** Account name or full ARM id. */
  defaultStorageAccount: string | null;
  /** With null and no container asked for, Azure chooses the path itself. */
  defaultStorageContainer: string | null;
  /** Accounts from which blobs may be read besides the default and those that a task names. */
  allowedStorageAccounts?: readonly string[];
  /** Captures whose name begins so are told of as ours. */
  capturePrefix?: string;
  /** Which of Azure's clouds; default: the one behind the ARM endpoint. */
  cloud?: CloudName;
  armEndpoint?: string;
  authorityHost?: string;
  /** PEM file of an authority to be trusted besides the built-in ones. */
  caFile?: string;
  /** Where blobs really lie, such as `https://127.0.0.1:10000/{account}`; default: the host in the blob's URL. */
  blobEndpoint?: string;
  credential?: TokenCredential;
  /** Source of AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET. */
  environment?: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  log: Log;
  timeouts?: Partial<AzureTimeouts>;
}

/** Generous enough for a slow region, short enough that nothing hangs for ever. */
export const DEFAULT_TIMEOUTS: AzureTimeouts = {
  requestMs: 30_000,
  readMs: 90_000,
  operationMs: 180_000,
  pollMs: 2000,
  idleMs: 30_000,
};
