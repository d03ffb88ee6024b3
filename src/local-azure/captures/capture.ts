import { resourceId, inventory, type VirtualMachine, type Watcher } from '../inventory/inventory.ts';
import type { WatcherEtags } from '../inventory/network-watchers.ts';
import type { CaptureRequest } from './request.ts';

/** A packet capture resource with the state of its session. */
export interface Capture {
  readonly name: string;
  readonly watcher: Watcher;
  readonly machine: VirtualMachine;
  readonly request: CaptureRequest;
  /** Where the blob will lie; empty for a capture that stays on the machine. */
  readonly storagePath: string;
  provisioningState: 'Updating' | 'Succeeded' | 'Failed' | 'Deleting';
  status: 'NotStarted' | 'Running' | 'Stopped' | 'Error';
  startTime?: Date;
  stopReason?: string;
  errors: string[];
  /** What became of the file; clients learn it from the container only. */
  blob: 'none' | 'pending' | 'uploaded' | 'failed';
}

/** The resource type of captures. */
export const captureType = 'Microsoft.Network/networkWatchers/packetCaptures';

/** The full id of a capture. */
export function captureId(watcher: Watcher, name: string): string {
  return resourceId(
    inventory.watcherGroup,
    `Microsoft.Network/networkWatchers/${watcher.name}/packetCaptures/${name}`,
  );
}

/** The resource as create, get and list answer it. */
export function renderCapture(capture: Capture, etags: WatcherEtags) {
  const { request } = capture;
  const { storageId, filePath } = request.storageLocation;
  return {
    name: capture.name,
    id: captureId(capture.watcher, capture.name),
    etag: etags.current(capture.watcher.name),
    properties: {
      provisioningState: capture.provisioningState,
      target: request.target,
      scope: { include: [], exclude: [] },
      targetType: request.targetType,
      bytesToCapturePerPacket: request.bytesToCapturePerPacket,
      totalBytesPerSession: request.totalBytesPerSession,
      timeLimitInSeconds: request.timeLimitInSeconds,
      storageLocation: {
        ...(storageId !== undefined && { storageId }),
        storagePath: capture.storagePath,
        ...(filePath !== undefined && { filePath }),
      },
      filters: request.filters,
    },
    type: captureType,
  };
}

/** The session as queryStatus answers it; a running one has no stop reason. */
export function renderStatus(capture: Capture) {
  return {
    name: capture.name,
    id: captureId(capture.watcher, capture.name),
    ...(capture.startTime && { captureStartTime: capture.startTime.toISOString().replace('Z', '1019Z') }),
    packetCaptureStatus: capture.status,
    ...(capture.stopReason !== undefined && { stopReason: capture.stopReason }),
    packetCaptureError: capture.errors,
  };
}

/** The path that the service chooses when the client names none: lower case, UTC, to the millisecond. */
export function documentedStoragePath(storageId: string, target: string, now: Date): string {
  const account = storageId.split('/').at(-1) ?? '';
  const [date = '', time = ''] = now.toISOString().split('T');
  const file = `packetcapture_${time.replace('Z', '').replace(/[:.]/gu, '_')}.cap`;
  const base = `https://${account.toLowerCase()}.blob.core.windows.net/network-watcher-logs`;
  return `${base}${target.toLowerCase()}/${date.replaceAll('-', '/')}/${file}`;
}
