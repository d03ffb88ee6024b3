import type { Task } from '../../src/domain/task.ts';

/** A task that was just accepted. */
export function sampleTask(change: Partial<Task> = {}): Task {
  const requested: Task = {
    id: 't',
    sessionId: 's',
    requestId: null,
    parameters: {},
    investigationContext: null,
    autoAnalyze: false,
    llm: 'auto',
    plan: {
      subscriptionId: 's',
      targetType: 'AzureVM',
      vmId: '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm',
      vmName: 'vm',
      vmResourceGroup: 'rg',
      location: 'eastus',
      watcherName: 'w',
      watcherResourceGroup: 'wrg',
      captureName: 'capwright-d-t',
      storageId: '/acct',
      storageAccount: 'acct',
      storagePath: 'https://acct/c/t.cap',
      durationSeconds: 60,
      totalBytes: 0,
      bytesPerPacket: 0,
      filters: [],
      scope: { include: [], exclude: [] },
      instances: [],
      ring: null,
    },
    createdAt: 0,
    updatedAt: 0,
    since: 0,
    failures: 0,
    lastFailure: null,
    nextAt: 0,
    provisioningState: null,
    captureStatus: null,
    stopReason: null,
    state: 'requested',
  };
  return { ...requested, ...change } as Task;
}
