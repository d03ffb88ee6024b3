import type { TokenCredential } from '@azure/identity';
import type { Clock, Log } from '../../ports.ts';

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
  /** Account name or full ARM id. */
  defaultStorageAccount: string | null;
  /** With null and no container asked for, Azure chooses the path itself. */
  defaultStorageContainer: string | null;
  /** Accounts from which blobs may be read besides the default and those that a task names. */
  allowedStorageAccounts?: readonly string[];
  /** Captures whose name begins so are told of as ours. */
  capturePrefix?: string;
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

/** What differs between Azure's clouds, found by the ARM endpoint. */
export interface CloudFacts {
  armEndpoint: string;
  tokenScope: string;
  blobHosts: RegExp;
}

const PUBLIC_ARM = 'https://management.azure.com';
const SOVEREIGN: Record<string, RegExp> = {
  'https://management.chinacloudapi.cn': /^([a-z0-9]{3,24})\.blob\.core\.chinacloudapi\.cn$/,
  'https://management.usgovcloudapi.net': /^([a-z0-9]{3,24})\.blob\.core\.usgovcloudapi\.net$/,
};

/** Facts of the cloud behind an ARM endpoint; an unknown endpoint is taken for a stand-in of the public cloud. */
export function cloudFacts(armEndpoint: string | undefined): CloudFacts {
  const endpoint = (armEndpoint ?? PUBLIC_ARM).replace(/\/+$/, '');
  const sovereign = SOVEREIGN[endpoint];
  return {
    armEndpoint: endpoint,
    tokenScope: `${sovereign === undefined ? PUBLIC_ARM : endpoint}/.default`,
    blobHosts:
      sovereign ?? /^([a-z0-9]{3,24})\.(?:blob\.core\.windows\.net|z\d+\.blob\.storage\.azure\.net)$/,
  };
}
