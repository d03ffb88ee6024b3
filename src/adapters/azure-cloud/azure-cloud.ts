import type { CapturePlan } from '../../domain/capture-plan.ts';
import type { Cloud } from '../../ports.ts';
import type { Azure } from './azure.ts';
import { blobSize, downloadBlob, type BlobRules } from './blobs.ts';
import { createBounded } from './bounded.ts';
import { captureBlobs } from './capture-blobs.ts';
import { deleteCapture, readCapture, stopCapture } from './captures.ts';
import { createClients } from './clients.ts';
import { cloudFacts } from './clouds.ts';
import { deleteBlob } from './delete-blob.ts';
import { ensureCapture } from './ensure-capture.ts';
import { listCapturesOf } from './list-captures.ts';
import { DEFAULT_TIMEOUTS, type AzureCloudOptions } from './options.ts';
import { preflight } from './preflight.ts';
import { accountNameOf } from './storage.ts';
import { defaultSubscription } from './subscription.ts';
import { createWatcherRounds } from './watcher-round.ts';
import { createWriteQueue } from './write-queue.ts';

/**
 * The Cloud port on Azure's own SDKs. Making it calls and loads nothing; credentials, certificates and SDKs are
 * looked for at the first call. It keeps no state of captures: Azure is asked each time.
 */
export function createAzureCloud(options: AzureCloudOptions): Cloud {
  const azure: Azure = {
    clients: createClients(options),
    bounded: createBounded(options.clock),
    writes: createWriteQueue(),
    timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
    clock: options.clock,
    log: options.log,
  };
  const rounds = createWatcherRounds(azure);
  const { rules, allow } = blobRules(options);
  const allowing = (plan: CapturePlan): CapturePlan => {
    allow(plan.storageAccount);
    return plan;
  };
  const defaults = {
    subscription: () => defaultSubscription(options),
    storageAccount: options.defaultStorageAccount,
    storageContainer: options.defaultStorageContainer,
    capturePrefix: options.capturePrefix ?? null,
    armEndpoint: cloudFacts(options).armEndpoint,
    blobHosts: rules.hosts,
  };
  return {
    preflight: async (target, signal) => {
      const found = await preflight(azure, defaults, target, signal);
      allow(found.plan.storageAccount);
      return found;
    },
    ensureCapture: async (plan, signal) => ensureCapture(azure, allowing(plan), signal),
    readCapture: async (plan, signal, look = 'whole') =>
      readCapture(azure, rounds, { plan: allowing(plan), look }, signal),
    stopCapture: async (plan, signal) => stopCapture(azure, allowing(plan), signal),
    deleteCapture: async (plan, signal) => deleteCapture(azure, plan, signal),
    listCaptures: async (signal, others = [], passOver) =>
      listCapturesOf(azure, { configured: defaults.subscription, others, passOver }, signal),
    captureBlobs: async (plan, storagePath, signal) =>
      captureBlobs(azure, rules, { plan: allowing(plan), storagePath }, signal),
    deleteBlob: async (blobUrl, signal, account) => {
      allow(account);
      return deleteBlob(azure, rules, { blobUrl, ownPrefix: defaults.capturePrefix }, signal);
    },
    blobSize: async (blobUrl, signal, account) => {
      allow(account);
      return blobSize(azure, rules, blobUrl, signal);
    },
    downloadBlob: async (blobUrl, path, download) => {
      allow(download.storageAccount);
      return downloadBlob(azure, rules, blobUrl, path, download);
    },
  };
}

/** Accounts may be read that the configuration names and that a plan names: its file must be fetched. */
function blobRules(options: AzureCloudOptions): {
  rules: BlobRules;
  allow: (account: string | undefined) => void;
} {
  const accounts = new Set<string>();
  const allow = (account: string | null | undefined): void => {
    const name = accountNameOf(account ?? '');
    if (name !== null) {
      accounts.add(name);
    }
  };
  [options.defaultStorageAccount, ...(options.allowedStorageAccounts ?? [])].forEach(allow);
  const hosts = { azure: cloudFacts(options).blobHosts, endpoint: options.blobEndpoint ?? null };
  return { rules: { hosts, isAllowed: (account) => accounts.has(account) }, allow };
}
