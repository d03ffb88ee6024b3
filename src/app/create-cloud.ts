import type { Config } from '../config.ts';
import type { Clock, Cloud, Log } from '../ports.ts';
import { once } from './once.ts';

/** Azure, whose adapter is loaded when it is first asked. */
export function createCloud({ azure }: Config, capturePrefix: string, clock: Clock, log: Log): Cloud {
  const cloud = once(async () => {
    const { createAzureCloud } = await import('../adapters/azure-cloud/azure-cloud.ts');
    return createAzureCloud({
      subscriptionId: azure.subscriptionId,
      defaultStorageAccount: azure.storageAccount,
      defaultStorageContainer: azure.storageContainer,
      allowedStorageAccounts: azure.allowedStorageAccounts,
      capturePrefix,
      azureConfigDir: azure.configDir,
      cloud: azure.cloud ?? undefined,
      armEndpoint: azure.armEndpoint ?? undefined,
      authorityHost: azure.authorityHost ?? undefined,
      caFile: azure.caFile ?? undefined,
      blobEndpoint: azure.blobEndpoint ?? undefined,
      environment: azure.identity,
      clock,
      log,
    });
  });
  return {
    preflight: async (...call) => (await cloud()).preflight(...call),
    ensureCapture: async (...call) => (await cloud()).ensureCapture(...call),
    readCapture: async (...call) => (await cloud()).readCapture(...call),
    stopCapture: async (...call) => (await cloud()).stopCapture(...call),
    deleteCapture: async (...call) => (await cloud()).deleteCapture(...call),
    listCaptures: async (...call) => (await cloud()).listCaptures(...call),
    captureBlobs: async (...call) => (await cloud()).captureBlobs(...call),
    deleteBlob: async (...call) => (await cloud()).deleteBlob(...call),
    blobSize: async (...call) => (await cloud()).blobSize(...call),
    downloadBlob: async (...call) => (await cloud()).downloadBlob(...call),
  };
}
