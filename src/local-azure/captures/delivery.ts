import type { BlobStore } from '../azurite/blob-store.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Machine, StorageAccount } from '../inventory/resources.ts';
import { generateScenario } from '../traffic/scenario.ts';
import type { Planted } from '../traffic/timeline.ts';
import type { Capture } from './capture.ts';
import { packetFilter } from './packet-filter.ts';
import { splitIntoRing } from './ring.ts';
import { canCapture } from './target.ts';

/** Brings the files of an ended session into the account. */
export interface Delivery {
  /** Whether account and container would take the files. */
  accepts(capture: Capture): Promise<boolean>;
  /** Writes the session's traffic as blobs, one or more for each machine; rejects where the store refuses. */
  upload(capture: Capture, durationSeconds: number): Promise<void>;
  /** What was put into the newest file of a capture of that name, on the first machine or that instance. */
  planted(captureName: string, instance?: string): readonly Planted[] | undefined;
}

const ownContainer = 'network-watcher-logs';
const shortestSession = 0.5;
const mostTruths = 1000;

/** Deliveries of generated traffic; the same seed gives every session the same scenario. */
export function createDelivery(deps: { inventory: Inventory; blobs: BlobStore; seed: number }): Delivery {
  const truths = new Map<string, ReadonlyMap<string, readonly Planted[]>>();
  return {
    async accepts(capture) {
      const place = blobPlace(capture.storagePath);
      const account = place && deps.inventory.account(place.account);
      if (place === undefined || account === undefined || !takesFiles(account)) {
        return false;
      }
      // Its own container it makes itself; one that the client names must be there.
      if (place.container === ownContainer) {
        await deps.blobs.makeContainer(account.name, ownContainer);
        return true;
      }
      return (await deps.blobs.container(account.name, place.container)) !== undefined;
    },
    async upload(capture, durationSeconds) {
      const place = blobPlace(capture.storagePath);
      if (place === undefined) {
        throw new TypeError('This capture has no place in a storage account.');
      }
      const truth = new Map<string, readonly Planted[]>();
      for (const [index, machine] of capture.target.machines.filter(canCapture).entries()) {
        const scenario = scenarioOf(capture, machine, { durationSeconds, seed: deps.seed + index });
        truth.set(machine.instanceId ?? '', scenario.planted);
        for (const { suffix, bytes } of files(capture, machine, scenario.pcap)) {
          const path = place.path.replace(/(\.\w+)?$/u, (extension) => `${suffix}${extension}`);
          await deps.blobs.put(place.account, place.container, path, bytes);
        }
      }
      truths.delete(capture.name);
      truths.set(capture.name, truth);
      const [oldest] = truths.size > mostTruths ? truths.keys() : [];
      truths.delete(oldest ?? '');
    },
    planted(captureName, instance) {
      const truth = truths.get(captureName);
      return instance === undefined ? truth?.values().next().value : truth?.get(instance);
    },
  };
}

/** The service writes with a shared access signature, only to standard accounts, and from the machine's subnet. */
function takesFiles(account: StorageAccount): boolean {
  const { publicNetworkAccess, firewall } = account;
  const reachable =
    publicNetworkAccess === 'Enabled' && (firewall.defaultAction === 'Allow' || firewall.subnets.length > 0);
  return reachable && account.allowSharedKeyAccess && account.sku.tier === 'Standard';
}

function scenarioOf(capture: Capture, machine: Machine, how: { durationSeconds: number; seed: number }) {
  const { request, startTime = new Date() } = capture;
  const capped = typeof request.continuousCapture !== 'boolean' && request.totalBytesPerSession > 0;
  return generateScenario({
    seed: how.seed,
    startTime: startTime.getTime() / 1000,
    durationSeconds: Math.max(shortestSession, how.durationSeconds),
    local: machine,
    accept: packetFilter(request.filters, machine.address),
    ...(request.bytesToCapturePerPacket > 0 && { snapLength: request.bytesToCapturePerPacket }),
    ...(capped && { maxBytes: request.totalBytesPerSession }),
  });
}

/** One file, or those of a ring, with what their names add to the asked one: instance, then place in the ring. */
function files(
  capture: Capture,
  machine: Machine,
  pcap: Uint8Array,
): { suffix: string; bytes: Uint8Array }[] {
  const { continuousCapture, captureSettings } = capture.request;
  const instance = machine.instanceId === undefined ? '' : `_${machine.instanceId}`;
  const kept = capture.mishap === 'file-truncated' ? pcap.subarray(0, Math.floor(pcap.length / 2)) : pcap;
  return continuousCapture === true
    ? splitIntoRing(kept, captureSettings).map(({ number, bytes }) => ({
        suffix: `${instance}_${String(number).padStart(5, '0')}`,
        bytes,
      }))
    : [{ suffix: instance, bytes: kept }];
}

/** Account, container and blob of a `https://{account}.blob.…/{container}/{path}` address. */
function blobPlace(storagePath: string) {
  if (!URL.canParse(storagePath)) {
    return undefined;
  }
  const { hostname, pathname } = new URL(storagePath);
  const [account = '', service] = hostname.split('.');
  const [container = '', ...path] = decodeURIComponent(pathname).slice(1).split('/');
  return service === 'blob' && path.length > 0 ? { account, container, path: path.join('/') } : undefined;
}
