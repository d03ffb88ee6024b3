import type { Mishap } from '../control/mishaps.ts';
import type { Watcher } from '../inventory/resources.ts';
import type { WatcherEtags } from '../inventory/network-watchers.ts';
import type { CaptureRequest } from './request.ts';
import type { CaptureTarget } from './target.ts';

/** A packet capture resource with the state of its session. */
export interface Capture {
  readonly id: string;
  readonly name: string;
  readonly watcher: Watcher;
  readonly target: CaptureTarget;
  readonly request: CaptureRequest;
  /** Where the blob will lie; empty for a capture that stays on the machine. */
  readonly storagePath: string;
  /** Planted as somebody else's, not asked for through ARM. */
  readonly foreign: boolean;
  /** What goes wrong with its session or its file. */
  mishap?: Mishap;
  /** Reads answer as if it were not there yet. */
  hidden: boolean;
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
  return `${watcher.id}/packetCaptures/${name}`;
}

/** The resource as create, get and list answer it. */
export function renderCapture(capture: Capture, etags: WatcherEtags) {
  const { request } = capture;
  const { storageId, filePath, localPath } = request.storageLocation;
  return {
    name: capture.name,
    id: capture.id,
    etag: etags.current(capture.watcher),
    properties: {
      provisioningState: capture.provisioningState,
      target: request.target,
      scope: request.scope,
      targetType: request.targetType,
      bytesToCapturePerPacket: request.bytesToCapturePerPacket,
      ...limits(request),
      storageLocation: {
        ...(storageId !== undefined && { storageId }),
        storagePath: capture.storagePath,
        ...(filePath !== undefined && { filePath }),
        ...(localPath !== undefined && { localPath }),
      },
      filters: request.filters,
    },
    type: captureType,
  };
}

/** A capture of the new kind shows its settings in place of the old limits, as recorded in 2025. */
function limits(request: CaptureRequest) {
  const { captureSettings, continuousCapture, timeLimitInSeconds, totalBytesPerSession } = request;
  return typeof continuousCapture === 'boolean'
    ? { continuousCapture, captureSettings }
    : { totalBytesPerSession, timeLimitInSeconds };
}

/** How long the session may last, in seconds; 0 stands for the longest that the service allows. */
export function sessionLimit(request: CaptureRequest): number {
  return typeof request.continuousCapture === 'boolean'
    ? request.captureSettings.sessionTimeLimitInSeconds || 604_800
    : request.timeLimitInSeconds || 18_000;
}

/** The session as queryStatus answers it; a running one has no stop reason. */
export function renderStatus(capture: Capture) {
  return {
    name: capture.name,
    id: capture.id,
    // The recorded times have seven digits behind the second.
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
