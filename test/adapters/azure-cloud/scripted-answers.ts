import type { CapturePlan } from '../../../src/domain/capture-plan.ts';
import type { Answer } from './scripted-arm.ts';

export const SUB = '/subscriptions/5c0f3f4e-8f6b-4e0c-9a2d-1b7e6d5c4b3a';
const WATCHER = `${SUB}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/nw`;
export const CAPTURE = `${WATCHER}/packetCaptures/c1`;
export const OPERATION = `${SUB}/providers/Microsoft.Network/locations/eastus/operations/1`;

export const plan: CapturePlan = {
  subscriptionId: '5c0f3f4e-8f6b-4e0c-9a2d-1b7e6d5c4b3a',
  targetType: 'AzureVM',
  vmId: `${SUB}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm`,
  vmName: 'vm',
  vmResourceGroup: 'rg',
  location: 'eastus',
  watcherName: 'nw',
  watcherResourceGroup: 'NetworkWatcherRG',
  captureName: 'c1',
  storageId: `${SUB}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acct`,
  storageAccount: 'acct',
  storagePath: 'https://acct.blob.core.windows.net/captures/c1.cap',
  durationSeconds: 60,
  totalBytes: 0,
  bytesPerPacket: 0,
  filters: [],
  scope: { include: [], exclude: [] },
  instances: [],
  idle: [],
  ring: null,
};

export const missing: Answer = {
  status: 404,
  body: { error: { code: 'NotFound', message: 'x', details: [] } },
};
export const resource = (provisioningState: string, properties: object = {}): Answer => ({
  status: 200,
  body: {
    name: 'c1',
    properties: { provisioningState, target: plan.vmId, storageLocation: {}, ...properties },
  },
});
export const accepted = (origin: string, path = OPERATION): Answer => ({
  status: 201,
  headers: { 'azure-asyncoperation': `${origin}${path}` },
  body: { properties: { provisioningState: 'Updating' } },
});
