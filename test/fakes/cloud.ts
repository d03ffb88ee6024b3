import { writeFileSync } from 'node:fs';
import type { CapturePlan, CaptureReading } from '../../src/domain/capture-plan.ts';
import { CapwrightError } from '../../src/domain/errors.ts';
import type { Clock, Cloud, Preflight } from '../../src/ports.ts';

interface Session {
  plan: CapturePlan;
  startedAt: number;
  stoppedAt: number | null;
  endedAt?: number;
  /** A file that was deleted does not come again. */
  delivered?: boolean;
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
    /** Instances of every scale set, by number. */
    instances: string[];
    /** Those of them that deliver nothing. */
    silent: string[];
    /** More of them, which can't capture anything and are known for it. */
    idle: string[];
    /** Files that a ring has filled by the end, of which it keeps the last. */
    filled: number;
    /** Milliseconds from the end of a session to its first file, and from each file to the next. */
    uploadMs: number;
    content: Buffer;
  } = {
    mishap: () => {},
    reading: {},
    withoutBlob: false,
    neverStops: false,
    vmTags: {},
    instances: ['0', '1', '2'],
    silent: [],
    idle: [],
    filled: 4,
    uploadMs: 0,
    content: EMPTY_CAPTURE,
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
    if (!isOver(session) || knobs.withoutBlob || session.delivered) {
      return;
    }
    session.endedAt ??= clock.now();
    const urls = urlsOf(session.plan, knobs);
    const due =
      knobs.uploadMs === 0 ? urls.length : Math.floor((clock.now() - session.endedAt) / knobs.uploadMs);
    urls.slice(0, due).forEach((url) => blobs.set(url, knobs.content));
    session.delivered = due >= urls.length;
  };
  const deliverAll = (): void => sessions.forEach((session) => finish(session));
  const cloud: Cloud = {
    preflight: (target) => step('preflight', () => preflightOf(planFor(target, knobs), knobs.vmTags)),
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
    captureBlobs: (plan, storagePath) =>
      step('captureBlobs', () => {
        deliverAll();
        const folder = storagePath.slice(0, storagePath.lastIndexOf('/') + 1);
        return [...blobs]
          .filter(([url]) => url.startsWith(folder))
          .map(([url, bytes]) => ({ url, bytes: bytes.length, instanceId: instanceOf(plan, url) }));
      }),
    deleteBlob: (url) => step('deleteBlob', () => blobs.delete(url) || true),
    blobSize: (url) =>
      step('blobSize', () => {
        deliverAll();
        return blobs.get(url)?.length ?? null;
      }),
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

/** A file header and no packet. */
export const EMPTY_CAPTURE = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');

/** As Local Azure names them: the instance, and then the place in the ring, go before the ending. */
function urlsOf(plan: CapturePlan, { silent, filled }: { silent: string[]; filled: number }): string[] {
  const stem = plan.storagePath.replace(/\.cap$/, '');
  const machines = plan.targetType === 'AzureVMSS' ? plan.instances.map(({ id }) => id) : [null];
  const kept = plan.ring === null ? [null] : ringNumbers(filled, plan.ring.fileCount);
  return machines
    .filter((id) => id === null || !silent.includes(id))
    .flatMap((id) =>
      kept.map((n) => `${stem}${id === null ? '' : `_${id}`}${n === null ? '' : `_${n}`}.cap`),
    );
}

function ringNumbers(filled: number, kept: number): string[] {
  const all = Array.from({ length: filled }, (_, n) => String(n + 1).padStart(5, '0'));
  return all.slice(-kept);
}

function instanceOf(plan: CapturePlan, url: string): string | null {
  const [, id] = /_(\d{1,4})(?:_\d{5})?\.cap$/.exec(url) ?? [];
  return plan.instances.find((instance) => instance.id === id)?.id ?? null;
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
          targetType: plan.targetType,
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

function planFor(target: Target, knobs: Record<'instances' | 'idle', readonly string[]>): CapturePlan {
  const group = target.resourceGroup ?? 'rg';
  const isSet = target.targetType === 'AzureVMSS';
  const { include, exclude } = target.instances;
  const chosen = (known: readonly string[]) =>
    known
      .filter((id) => isSet && (include.length === 0 || include.includes(id)) && !exclude.includes(id))
      .map((id) => ({ id, name: `${target.target}_${id}` }));
  const folder = isSet || target.ring !== null ? `${target.captureName}/` : '';
  return {
    subscriptionId: 'sub',
    targetType: target.targetType ?? 'AzureVM',
    vmId: `/subscriptions/sub/resourceGroups/${group}/providers/Microsoft.Compute/${isSet ? 'virtualMachineScaleSets' : 'virtualMachines'}/${target.target}`,
    vmName: target.target,
    vmResourceGroup: group,
    location: 'eastus',
    watcherName: 'NetworkWatcher_eastus',
    watcherResourceGroup: 'NetworkWatcherRG',
    captureName: target.captureName,
    storageId: '/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acct',
    storageAccount: 'acct',
    storagePath: `https://acct.blob.core.windows.net/captures/${folder}${target.captureName}.cap`,
    durationSeconds: target.durationSeconds,
    totalBytes: target.totalBytes,
    bytesPerPacket: target.bytesPerPacket,
    filters: target.filters,
    scope: target.instances,
    instances: chosen(knobs.instances),
    idle: chosen(knobs.idle),
    ring: target.ring,
  };
}
