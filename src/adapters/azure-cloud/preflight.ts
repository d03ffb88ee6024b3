import type { CapturePlan } from '../../domain/capture-plan.ts';
import { CapwrightError } from '../../domain/errors.ts';
import type { CaptureTarget, Preflight } from '../../ports.ts';
import { sameName } from './arm-id.ts';
import type { Azure } from './azure.ts';
import { createRequest } from './capture-resource.ts';
import { checksOf } from './preflight-checks.ts';
import { listWatcherCaptures } from './list-captures.ts';
import { readStatus } from './session-status.ts';
import { checkStorage } from './storage.ts';
import { checkVm, vmAddress, type ReadyVm } from './vm.ts';
import { findWatcher, type Watcher } from './watcher.ts';

/** What the server's configuration adds to a request. */
export interface PreflightDefaults {
  subscriptionId: string | null;
  storageAccount: string | null;
  storageContainer: string | null;
  /** How the names of our captures begin; null where that is not known. */
  capturePrefix: string | null;
  armEndpoint: string;
}

/**
 * Checks everything that can be known before a capture is created, only by reading, and resolves it into a plan.
 * Where no container is given or configured, the plan's storagePath is empty: Azure then chooses container and path,
 * and the path is read back from the capture.
 */
export async function preflight(
  azure: Azure,
  defaults: PreflightDefaults,
  target: CaptureTarget,
  signal: AbortSignal,
): Promise<Preflight> {
  const captureName = checkedCaptureName(target.captureName);
  const address = vmAddress(target, defaults.subscriptionId);
  const vm = await checkVm(azure, address, target.locationHint, signal);
  const [watcher, storage] = await Promise.all([
    findWatcher(azure, vm.subscriptionId, vm.location, signal),
    checkStorage(azure, target.storageAccount ?? defaults.storageAccount, vm, signal),
  ]);
  const own = { captureName, prefix: defaults.capturePrefix };
  const others = await checkIdle(azure, vm, watcher, own, signal);
  const container = target.storageContainer ?? defaults.storageContainer;
  const plan: CapturePlan = {
    subscriptionId: vm.subscriptionId,
    targetType: 'AzureVM',
    vmId: vm.id,
    vmName: vm.name,
    vmResourceGroup: vm.resourceGroup,
    location: vm.location,
    watcherName: watcher.name,
    watcherResourceGroup: watcher.resourceGroup,
    captureName,
    storageId: storage.id,
    storageAccount: storage.name,
    storagePath: container === null ? '' : `${storage.blobEndpoint}${container}/${captureName}.cap`,
    durationSeconds: target.durationSeconds,
    totalBytes: target.totalBytes,
    bytesPerPacket: target.bytesPerPacket,
    filters: target.filters,
    scope: { include: [], exclude: [] },
    instances: [],
    ring: target.ring,
  };
  return {
    plan,
    checks: checksOf({ vm, watcher, storage, container, others }),
    request: createRequest(defaults.armEndpoint, plan),
    vmTags: vm.tags,
  };
}

function checkedCaptureName(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,78}[A-Za-z0-9]$/.test(name)) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      'The capture name is none that Azure takes: 2 to 80 letters, digits, ".", "_" and "-".',
      'Call start_capture again without a name of your own.',
    );
  }
  return name;
}

/**
 * Azure allows two sessions on one VM; nobody has seen what they do to each other, so we don't. Says how many other
 * captures the VM has that are over.
 */
async function checkIdle(
  azure: Azure,
  vm: ReadyVm,
  watcher: Watcher,
  own: { captureName: string; prefix: string | null },
  signal: AbortSignal,
): Promise<number> {
  const captures = await listWatcherCaptures(azure, vm.subscriptionId, watcher, signal);
  const onThisVm = captures.filter(
    ({ targetId, name }) => sameName(targetId, vm.id) && name !== own.captureName,
  );
  for (const capture of onThisVm) {
    const status = await readStatus(azure, { ...capture, captureName: capture.name }, signal);
    const starting = status?.status === 'NotStarted' && capture.provisioningState !== 'Succeeded';
    if (status?.status === 'Running' || starting) {
      const ours = own.prefix !== null && capture.name.startsWith(own.prefix);
      throw busy(vm, capture.name, ours);
    }
  }
  return onThisVm.length;
}

function busy(vm: ReadyVm, captureName: string, ours: boolean): CapwrightError {
  const named = /^[\w.-]{1,80}$/.test(captureName) ? `capture ${captureName}` : 'a capture';
  return new CapwrightError(
    'VM_BUSY',
    ours
      ? `VM ${vm.name} already has a running capture of ours: ${named}.`
      : `VM ${vm.name} already has a running capture that is not ours: ${named}.`,
    ours
      ? 'Wait for its task with check_task, or call cleanup_orphans if no task knows it.'
      : 'Wait until it ends, or ask whoever started it to stop it; Capwright does not touch foreign captures.',
  );
}
