import type { PacketCaptureResult } from '@azure/arm-network';
import { sessionCap, type CapturePlan, type CaptureReading } from '../../domain/capture-plan.ts';
import type { CaptureRequest } from '../../domain/capture-request.ts';
import { sameName } from '../../domain/same-name.ts';
import type { CaptureKey } from '../../ports.ts';
import type { Azure } from './azure.ts';
import { isMissing } from './error-facts.ts';

/** A capture as a resource: what it was asked to be, and how far Azure has come with it. */
export interface CaptureResource {
  seen: Pick<CaptureReading, 'provisioningState' | 'storagePath'>;
  targetId: string;
  storageId: string | null;
  /** null where the answer does not say. */
  targetType: string | null;
  scope: { include: string[]; exclude: string[] } | null;
  continuous: boolean;
}

const PROVISIONING = new Set(['Succeeded', 'Creating', 'Updating', 'Deleting', 'Failed', 'Canceled']);

/** Reads the capture, or null where Azure itself says that it does not exist. */
export async function readResource(
  azure: Azure,
  at: Pick<CapturePlan, CaptureKey>,
  signal: AbortSignal,
): Promise<CaptureResource | null> {
  const work = { doing: 'reading the capture', ms: azure.timeouts.readMs, signal };
  return azure.bounded(work, async (abortSignal) => {
    const network = await azure.clients.network(at.subscriptionId);
    try {
      const found = await network.packetCaptures.get(
        at.watcherResourceGroup,
        at.watcherName,
        at.captureName,
        {
          abortSignal,
        },
      );
      return toResource(found);
    } catch (error) {
      if (isMissing(error)) {
        return null;
      }
      throw error;
    }
  });
}

/** Whoever made the capture may have given a path with a SAS, which is a secret and must not be stored. */
function withoutQuery(path: string): string | null {
  return path.replace(/[?#].*$/s, '') || null;
}

/** The SDK's answer reduced to what we rely on; an unknown state is named so. */
export function toResource(answer: PacketCaptureResult): CaptureResource {
  const state = answer.provisioningState ?? 'Unknown';
  return {
    seen: {
      provisioningState: PROVISIONING.has(state) ? state : 'Unknown',
      storagePath: withoutQuery(answer.storageLocation?.storagePath ?? ''),
    },
    targetId: answer.target ?? '',
    storageId: answer.storageLocation?.storageId || null,
    targetType: answer.targetType ?? null,
    scope:
      answer.scope === undefined
        ? null
        : { include: answer.scope.include ?? [], exclude: answer.scope.exclude ?? [] },
    continuous: answer.continuousCapture === true,
  };
}

/** Whether a capture of our name is the one that the plan asks for, as far as the answer tells. */
export function matchesPlan(resource: CaptureResource, plan: CapturePlan): boolean {
  const { storagePath } = resource.seen;
  const { targetType, scope, continuous } = resource;
  return (
    sameName(resource.targetId, plan.vmId) &&
    (targetType === null || sameName(targetType, plan.targetType)) &&
    (scope === null ||
      (sameNames(scope.include, plan.scope.include) && sameNames(scope.exclude, plan.scope.exclude))) &&
    continuous === (plan.ring !== null) &&
    (resource.storageId === null || sameName(resource.storageId, plan.storageId)) &&
    (plan.storagePath === '' || storagePath === null || sameName(storagePath, plan.storagePath))
  );
}

function sameNames(some: readonly string[], others: readonly string[]): boolean {
  const known = new Set(others.map((name) => name.toLowerCase()));
  return some.length === others.length && some.every((name) => known.has(name.toLowerCase()));
}

/**
 * The request body of a plan, without the `properties` that the SDK puts around it. The limits are always there:
 * Azure's own default of time is five hours, and an absent cap must not mean something else one day.
 */
export function requestBody(plan: CapturePlan): CaptureRequest['body']['properties'] {
  return {
    target: plan.vmId,
    targetType: plan.targetType,
    ...(plan.targetType === 'AzureVMSS' ? { scope: plan.scope } : {}),
    ...sessionLimits(plan),
    bytesToCapturePerPacket: plan.bytesPerPacket,
    storageLocation: {
      storageId: plan.storageId,
      ...(plan.storagePath === '' ? {} : { storagePath: plan.storagePath }),
    },
    filters: plan.filters.map((filter) => ({
      protocol: filter.protocol,
      ...(filter.local_ip === undefined ? {} : { localIPAddress: filter.local_ip }),
      ...(filter.local_port === undefined ? {} : { localPort: filter.local_port }),
      ...(filter.remote_ip === undefined ? {} : { remoteIPAddress: filter.remote_ip }),
      ...(filter.remote_port === undefined ? {} : { remotePort: filter.remote_port }),
    })),
  };
}

/** A continuous session has settings of its own; Azure neither takes the old limits with them nor answers them. */
function sessionLimits({ ring, durationSeconds, totalBytes }: CapturePlan) {
  return ring === null
    ? { timeLimitInSeconds: durationSeconds, totalBytesPerSession: sessionCap(totalBytes) }
    : {
        continuousCapture: true,
        captureSettings: {
          fileCount: ring.fileCount,
          fileSizeInBytes: ring.fileBytes,
          sessionTimeLimitInSeconds: durationSeconds,
        },
      };
}

/** The version that the SDK asks for; a test holds the whole request against what it really sends. */
const API_VERSION = '2026-01-01';

/** The request that creates the capture of a plan, as it goes over the wire. */
export function createRequest(armEndpoint: string, plan: CapturePlan): CaptureRequest {
  const path = [
    ['subscriptions', plan.subscriptionId],
    ['resourceGroups', plan.watcherResourceGroup],
    ['providers', 'Microsoft.Network'],
    ['networkWatchers', plan.watcherName],
    ['packetCaptures', plan.captureName],
  ].map(([type, name = '']) => `${type}/${escaped(name)}`);
  return {
    method: 'PUT',
    url: `${armEndpoint}/${path.join('/')}?api-version=${API_VERSION}`,
    body: { properties: requestBody(plan) },
  };
}

/** The SDK also escapes what JavaScript leaves alone: groups may have parentheses in their names. */
function escaped(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
