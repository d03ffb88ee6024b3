import type { PacketCapture, PacketCaptureResult } from '@azure/arm-network';
import type { CapturePlan, CaptureReading } from '../../domain/capture-plan.ts';
import type { CaptureKey } from '../../ports.ts';
import { sameName } from './arm-id.ts';
import type { Azure } from './azure.ts';
import { isMissing } from './error-facts.ts';

/** A capture as a resource: what it was asked to be, and how far Azure has come with it. */
export interface CaptureResource {
  seen: Pick<CaptureReading, 'provisioningState' | 'storagePath'>;
  targetId: string;
  storageId: string | null;
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

/** The SDK's answer reduced to what we rely on; an unknown state is named so. */
export function toResource(answer: PacketCaptureResult): CaptureResource {
  const state = answer.provisioningState ?? 'Unknown';
  return {
    seen: {
      provisioningState: PROVISIONING.has(state) ? state : 'Unknown',
      storagePath: answer.storageLocation?.storagePath || null,
    },
    targetId: answer.target ?? '',
    storageId: answer.storageLocation?.storageId || null,
  };
}

/** Whether a capture of our name is the one that the plan asks for. */
export function matchesPlan(resource: CaptureResource, plan: CapturePlan): boolean {
  const { storagePath } = resource.seen;
  return (
    sameName(resource.targetId, plan.vmId) &&
    (resource.storageId === null || sameName(resource.storageId, plan.storageId)) &&
    (plan.storagePath === '' || storagePath === null || sameName(storagePath, plan.storagePath))
  );
}

/** Azure's default session cap, sent in so many words: an absent field must not mean something else one day. */
const DEFAULT_TOTAL_BYTES = 1_073_741_824;

/** The request body of a plan. The time limit is always there: Azure's own default is five hours. */
export function requestBody(plan: CapturePlan): PacketCapture {
  return {
    target: plan.vmId,
    targetType: 'AzureVM',
    timeLimitInSeconds: plan.durationSeconds,
    totalBytesPerSession: plan.totalBytes === 0 ? DEFAULT_TOTAL_BYTES : plan.totalBytes,
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
