import type { StartCaptureInput } from '../domain/inputs.ts';
import { validateFilters } from '../domain/filters.ts';
import { sameName } from '../domain/same-name.ts';
import { mustLeaveFewFiles, sessionTerms } from '../domain/session-terms.ts';
import { HOLDING_STATES, holdsVm } from '../domain/task.ts';
import { vmBusy } from '../domain/task-errors.ts';
import type { CallContext, Cloud, Preflight, TaskStore } from '../ports.ts';
import type { Guardrails, Purpose } from './guardrails.ts';

export interface PrepareCaptureDeps {
  cloud: Cloud;
  store: TaskStore;
  guardrails: Guardrails;
  /** Unguessable, and no two alike on any server. */
  newTaskId: () => string;
  /** What the operator has set for all tasks. */
  deleteBlobs: boolean;
}

/** Everything that comes before a task is stored. Only reads; throws the first thing that is against the capture. */
export type PrepareCapture = (
  input: StartCaptureInput,
  purpose: Purpose,
  call: CallContext,
  /** Of a task that was planned, and shown, before. */
  plannedId?: string,
) => Promise<Prepared>;

export interface Prepared {
  /** Of the task, and part of its capture's name. */
  id: string;
  found: Preflight;
  /** Whether the files in the storage account go once they are here. */
  deleteBlobs: boolean;
}

export function createPrepareCapture(deps: PrepareCaptureDeps): PrepareCapture {
  const { cloud, store, guardrails } = deps;
  return async (input, purpose, call, plannedId) => {
    const { durationSeconds, ring, targetType } = sessionTerms(input);
    validateFilters(input.filters);
    await guardrails.checkRequest(input, purpose);
    await mustBeFree(store, input);
    const id = plannedId ?? deps.newTaskId();
    call.progress({ fraction: null, message: 'checking the VM, Network Watcher and storage' });
    const found = await cloud.preflight(
      {
        target: input.target,
        targetType,
        instances: { include: input.include_instances, exclude: input.exclude_instances },
        ring,
        resourceGroup: input.resource_group ?? null,
        subscriptionId: input.subscription_id ?? null,
        locationHint: input.location ?? null,
        storageAccount: input.storage_account ?? null,
        storageContainer: input.storage_container ?? null,
        captureName: `capwright-${store.deploymentId}-${id}`,
        durationSeconds,
        totalBytes: input.max_bytes,
        bytesPerPacket: input.bytes_per_packet,
        filters: input.filters,
      },
      call.signal,
    );
    mustLeaveFewFiles(found.plan);
    await guardrails.checkPreflight(found, purpose);
    return { id, found, deleteBlobs: deps.deleteBlobs };
  };
}

/** Machines of one name, each in another resource group, that are looked through. */
const MOST_NAMESAKES = 100;

/** Saves the calls to Azure where our own table knows that the VM is taken; the store decides in the end. */
async function mustBeFree(store: TaskStore, input: StartCaptureInput): Promise<void> {
  const held = { limit: MOST_NAMESAKES, cursor: null, states: HOLDING_STATES, sessionId: null };
  for (const task of (await store.page({ ...held, vm: input.target })).tasks) {
    const { targetType, vmId, vmName, vmResourceGroup } = task.plan;
    const meant =
      sameName(input.target, vmId) ||
      ((input.target_type ?? 'AzureVM') === targetType &&
        sameName(input.target, vmName) &&
        sameName(input.resource_group ?? '', vmResourceGroup));
    const twin = input.request_id !== undefined && input.request_id === task.requestId;
    // A task that has only blobs left to delete is still cleaning, and holds its VM no more.
    if (holdsVm(task) && meant && !twin) {
      throw vmBusy(task);
    }
  }
}
