import { findAccount } from '../inventory/inventory.ts';
import { generateScenario } from '../traffic/scenario.ts';
import type { Planted } from '../traffic/timeline.ts';
import type { BlobStore } from '../azurite/blob-store.ts';
import type { Capture } from './capture.ts';
import { packetFilter } from './packet-filter.ts';

/** Brings the file of an ended session into the account. */
export interface Delivery {
  /** Whether account and container would take the file. */
  accepts(capture: Capture): Promise<boolean>;
  /** Writes the session's traffic as a blob; rejects where the store refuses. */
  upload(capture: Capture, durationSeconds: number): Promise<void>;
  /** What was put into the newest file of a capture of that name. */
  planted(captureName: string): readonly Planted[] | undefined;
}

const ownContainer = 'network-watcher-logs';
const shortestSession = 0.5;

/** Deliveries of generated traffic; the same seed gives every session the same scenario. */
export function createDelivery(deps: { blobs: BlobStore; seed: number }): Delivery {
  const truths = new Map<string, readonly Planted[]>();
  return {
    async accepts(capture) {
      const place = blobPlace(capture.storagePath);
      const account = place && findAccount(place.account);
      if (place === undefined || account === undefined) {
        return false;
      }
      // The service writes with a shared access signature and only to standard accounts.
      if (!account.allowSharedKeyAccess || account.sku.tier !== 'Standard') {
        return false;
      }
      // Its own container it makes itself; one that the client names must be there.
      return place.container === ownContainer
        ? deps.blobs.makeContainer(place.account, place.container)
        : deps.blobs.hasContainer(place.account, place.container);
    },
    async upload(capture, durationSeconds) {
      const place = blobPlace(capture.storagePath);
      if (place === undefined) {
        throw new TypeError('This capture has no place in a storage account.');
      }
      const { request, machine, startTime = new Date() } = capture;
      const scenario = generateScenario({
        seed: deps.seed,
        startTime: startTime.getTime() / 1000,
        durationSeconds: Math.max(shortestSession, durationSeconds),
        local: machine,
        accept: packetFilter(request.filters, machine.address),
        ...(request.bytesToCapturePerPacket > 0 && { snapLength: request.bytesToCapturePerPacket }),
        ...(request.totalBytesPerSession > 0 && { maxBytes: request.totalBytesPerSession }),
      });
      truths.set(capture.name, scenario.planted);
      await deps.blobs.put(place.account, place.container, place.path, scenario.pcap);
    },
    planted: (captureName) => truths.get(captureName),
  };
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
