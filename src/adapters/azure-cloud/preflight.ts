import type { CapturePlan } from '../../domain/capture-plan.ts';
import type { PreflightCheck } from '../../domain/capture-request.ts';
import { CapwrightError } from '../../domain/errors.ts';
import type { CaptureTarget, Preflight } from '../../ports.ts';
import type { Azure } from './azure.ts';
import { MOST_FILES } from './capture-blobs.ts';
import { createRequest } from './capture-resource.ts';
import type { BlobHosts } from './blob-url.ts';
import { checkContainer, OWN_CONTAINER } from './container.ts';
import { checkIdle } from './idle-target.ts';
import { checkReading } from './reading.ts';
import { checkScaleSet } from './scale-set.ts';
import { checkStorage, type ReadyStorage } from './storage.ts';
import { targetAddress, type ReadyTarget } from './target.ts';
import { checkVm } from './vm.ts';
import { findWatcher, type Watcher } from './watcher.ts';

/** What the server's configuration adds to a request. */
export interface PreflightDefaults {
  /** The subscription where a caller names none; throws where there is none. */
  subscription: () => Promise<string>;
  storageAccount: string | null;
  storageContainer: string | null;
  /** How the names of our captures begin; null where that is not known. */
  capturePrefix: string | null;
  armEndpoint: string;
  blobHosts: BlobHosts;
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
  const address = await targetAddress(target, defaults.subscription);
  const found =
    address.type === 'AzureVM'
      ? await checkVm(azure, address, target.locationHint, signal)
      : await checkScaleSet(azure, address, target, signal);
  checkFileCount(found, target.ring);
  const [watcher, storage] = await Promise.all([
    findWatcher(azure, found.subscriptionId, found.location, signal),
    checkStorage(azure, target.storageAccount ?? defaults.storageAccount, found, signal),
  ]);
  const container = target.storageContainer ?? defaults.storageContainer;
  const own = { captureName, prefix: defaults.capturePrefix };
  const [captures, place, reading] = await Promise.all([
    checkIdle(azure, { target: found, watcher }, own, signal),
    checkContainer(azure, storage, container, signal),
    checkReading(azure, defaults.blobHosts, { storage, container: container ?? OWN_CONTAINER }, signal),
  ]);
  const plan = planOf(target, { found, watcher, storage, container });
  return {
    plan,
    checks: [...found.checks, watcherCheck(watcher), ...storage.checks, place, reading, ...captures],
    request: createRequest(defaults.armEndpoint, plan),
    vmTags: found.tags,
  };
}

function planOf(
  target: CaptureTarget,
  at: { found: ReadyTarget; watcher: Watcher; storage: ReadyStorage; container: string | null },
): CapturePlan {
  const { found, watcher, storage, container } = at;
  const { captureName, ring } = target;
  const manyFiles = found.type === 'AzureVMSS' || ring !== null;
  // Files whose names Azure makes up lie in a folder of their own, where a look at them finds no others.
  const path = manyFiles ? `${captureName}/${captureName}.cap` : `${captureName}.cap`;
  return {
    subscriptionId: found.subscriptionId,
    targetType: found.type,
    vmId: found.id,
    vmName: found.name,
    vmResourceGroup: found.resourceGroup,
    location: found.location,
    watcherName: watcher.name,
    watcherResourceGroup: watcher.resourceGroup,
    captureName,
    storageId: storage.id,
    storageAccount: storage.name,
    storagePath: container === null ? '' : `${storage.blobEndpoint}${container}/${path}`,
    durationSeconds: target.durationSeconds,
    totalBytes: target.totalBytes,
    bytesPerPacket: target.bytesPerPacket,
    filters: target.filters,
    scope: found.scope,
    instances: found.instances,
    idle: found.idle,
    ring,
  };
}

function watcherCheck(watcher: Watcher): PreflightCheck {
  const [name, group] = [watcher.name, watcher.resourceGroup].map((text) =>
    /^[\w.()-]{1,90}$/.test(text) ? text : '(unprintable name)',
  );
  return { name: 'watcher', detail: `${name} in resource group ${group} serves ${watcher.location}` };
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

/** More files than are looked for would be left behind unseen. */
function checkFileCount({ instances }: ReadyTarget, ring: CaptureTarget['ring']): void {
  const files = Math.max(1, instances.length) * (ring?.fileCount ?? 1);
  if (files > MOST_FILES) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `continuous.file_count ${ring?.fileCount ?? 1} on ${instances.length} instances may leave ${files} files; ${MOST_FILES} are allowed.`,
      'Ask for a smaller continuous.file_count or fewer instances, and call start_capture again.',
    );
  }
}
