import { writeFileSync } from 'node:fs';
import type { CapturePlan, CaptureReading } from '../../src/domain/capture-plan.ts';
import { CapwrightError } from '../../src/domain/errors.ts';
import type { Clock, Cloud, Preflight } from '../../src/ports.ts';

interface Session {
  plan: CapturePlan;
  startedAt: number;
  stoppedAt: number | null;
}

export type Mishap = (call: string, n: number, phase: 'before' | 'after') => void;

/** A cloud with one region: it keeps sessions, ends them at their limit, and remembers what was done to it. */
export function createFakeCloud(clock: Clock) {
  const sessions = new Map<string, Session>();
  const blobs = new Map<string, Buffer>();
  const creations: string[] = [];
  const seen = { mostPerVm: 0, calls: [] as string[] };
  const knobs: {
    mishap: Mishap;
    reading: Partial<CaptureReading>;
    withoutBlob: boolean;
    neverStops: boolean;
    vmTags: Record<string, string>;
  } = {
    mishap: () => {},
    reading: {},
    withoutBlob: false,
    neverStops: false,
    vmTags: {},
  };
  const step = async <T>(name: string, body: () => T): Promise<T> => {
    seen.calls.push(name);
    const n = seen.calls.length;
    knobs.mishap(name, n, 'before');
    const result = body();
    knobs.mishap(name, n, 'after');
    return result;
  };
  const isOver = ({ plan, startedAt, stoppedAt }: Session): boolean =>
    stoppedAt !== null || (!knobs.neverStops && clock.now() >= startedAt + plan.durationSeconds * 1000);
  const finish = (session: Session): void => {
    if (isOver(session) && !knobs.withoutBlob) {
      blobs.set(
        session.plan.storagePath,
        Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex'),
      );
    }
  };
  const cloud: Cloud = {
    preflight: (target) => step('preflight', () => preflightOf(planFor(target), knobs.vmTags)),
    ensureCapture: (plan) =>
      step('ensureCapture', () => {
        if (!sessions.has(plan.captureName)) {
          creations.push(plan.captureName);
          sessions.set(plan.captureName, { plan, startedAt: clock.now(), stoppedAt: null });
        }
        const onVm = [...sessions.values()].filter((other) => other.plan.vmId === plan.vmId).length;
        seen.mostPerVm = Math.max(seen.mostPerVm, onVm);
      }),
    readCapture: (plan) =>
      step('readCapture', () => {
        const session = sessions.get(plan.captureName);
        if (session === undefined) {
          return null;
        }
        finish(session);
        return {
          provisioningState: 'Succeeded',
          status: isOver(session) ? 'Stopped' : 'Running',
          stopReason: isOver(session) ? (session.stoppedAt === null ? 'TimeExceeded' : 'Manual') : null,
          errors: [],
          storagePath: plan.storagePath,
          ...knobs.reading,
        };
      }),
    stopCapture: (plan) =>
      step('stopCapture', () => {
        const session = sessions.get(plan.captureName);
        if (session !== undefined) {
          session.stoppedAt ??= clock.now();
        }
      }),
    deleteCapture: (plan) => step('deleteCapture', () => sessions.delete(plan.captureName) || true),
    listCaptures: () =>
      step('listCaptures', () =>
        [...sessions.values()].map(({ plan }) => ({
          name: plan.captureName,
          location: plan.location,
          watcherName: plan.watcherName,
          watcherResourceGroup: plan.watcherResourceGroup,
          subscriptionId: plan.subscriptionId,
          targetId: plan.vmId,
          provisioningState: 'Succeeded',
        })),
      ),
    captureBlobs: (_plan, storagePath) =>
      step('captureBlobs', () =>
        [...blobs]
          .filter(([url]) => url === storagePath)
          .map(([url, bytes]) => ({ url, bytes: bytes.length, instanceId: null })),
      ),
    deleteBlob: (url) => step('deleteBlob', () => blobs.delete(url) || true),
    blobSize: (url) => step('blobSize', () => blobs.get(url)?.length ?? null),
    downloadBlob: (url, path) =>
      step('downloadBlob', () => {
        const bytes = blobs.get(url);
        if (bytes === undefined) {
          throw new CapwrightError('BLOB_MISSING', 'no such blob', 'wait');
        }
        writeFileSync(path, bytes, { mode: 0o600 });
        return { path, bytes: bytes.length, sha256: 'f'.repeat(64), blobUrl: url, instanceId: null };
      }),
  };
  return { cloud, knobs, seen, creations, sessions, blobs };
}

function preflightOf(plan: CapturePlan, vmTags: Record<string, string>): Preflight {
  const { vmId, durationSeconds, totalBytes, bytesPerPacket, storageId, storagePath } = plan;
  return {
    plan,
    checks: [{ name: 'vm', detail: `${plan.vmName} exists` }],
    request: {
      method: 'PUT',
      url: `https://arm.test/${plan.captureName}`,
      body: {
        properties: {
          target: vmId,
          targetType: 'AzureVM',
          timeLimitInSeconds: durationSeconds,
          totalBytesPerSession: totalBytes,
          bytesToCapturePerPacket: bytesPerPacket,
          storageLocation: { storageId, storagePath },
          filters: [],
        },
      },
    },
    vmTags,
  };
}

type Target = Parameters<Cloud['preflight']>[0];

function planFor(target: Target): CapturePlan {
  const group = target.resourceGroup ?? 'rg';
  return {
    subscriptionId: 'sub',
    targetType: target.targetType ?? 'AzureVM',
    vmId: `/subscriptions/sub/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${target.target}`,
    vmName: target.target,
    vmResourceGroup: group,
    location: 'eastus',
    watcherName: 'NetworkWatcher_eastus',
    watcherResourceGroup: 'NetworkWatcherRG',
    captureName: target.captureName,
    storageId: '/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acct',
    storageAccount: 'acct',
    storagePath: `https://acct.blob.core.windows.net/captures/${target.captureName}.cap`,
    durationSeconds: target.durationSeconds,
    totalBytes: target.totalBytes,
    bytesPerPacket: target.bytesPerPacket,
    filters: target.filters,
    scope: target.instances,
    instances: [],
    ring: target.ring,
  };
}
