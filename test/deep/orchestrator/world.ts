import { writeFileSync } from 'node:fs';
import type { CapturePlan, CaptureReading } from '../../../src/domain/capture-plan.ts';
import { CapwrightError } from '../../../src/domain/errors.ts';
import type { Clock, Cloud } from '../../../src/ports.ts';
import { createFakeCloud } from '../../fakes/cloud.ts';
import type { Random } from './random.ts';
import type { Line } from './line.ts';

interface Session {
  plan: CapturePlan;
  startedAt: number;
  stoppedAt: number | null;
  /** Word of an error that ends the session, where it is one that fails. */
  error: string | null;
}

const CAPTURE = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
const FAULTY = 0.15;

/** A simulated Azure that outlives every process, judges what is done to it, and can be made to behave. */
export function createWorld(clock: Clock, random: Random) {
  const planner = createFakeCloud(clock).cloud;
  const sessions = new Map<string, Session>();
  const blobs = new Map<string, number>();
  const violations: string[] = [];
  const creations = new Map<string, number>();
  const foreignDeletions = new Map<string, number>();
  let faulty = true;
  const endOf = ({ stoppedAt, startedAt, plan, error }: Session): number =>
    stoppedAt ?? startedAt + plan.durationSeconds * (error === null ? 1000 : 500);
  const isOver = (session: Session): boolean => clock.now() >= endOf(session);

  const begin = (plan: CapturePlan): void => {
    if (sessions.has(plan.captureName)) {
      return;
    }
    const error = faulty && random.chance(0.05) ? 'StorageFailed' : null;
    sessions.set(plan.captureName, { plan, startedAt: clock.now(), stoppedAt: null, error });
    const times = count(creations, plan.captureName) - (foreignDeletions.get(plan.captureName) ?? 0);
    if (times > 1) {
      violations.push(`I2: ${plan.captureName} was created ${times} times`);
    }
    const onVm = [...sessions.values()].filter((other) => other.plan.vmId === plan.vmId);
    if (onVm.length > 1) {
      violations.push(`I1: ${onVm.length} captures on ${plan.vmName}`);
    }
  };

  const read = (plan: CapturePlan): CaptureReading | null => {
    const session = sessions.get(plan.captureName);
    if (session === undefined) {
      return null;
    }
    const over = isOver(session);
    if (over && session.error === null && !blobs.has(plan.storagePath)) {
      blobs.set(plan.storagePath, clock.now() + random.between(0, faulty ? 60_000 : 5000));
    }
    return {
      provisioningState: 'Succeeded',
      status: over ? 'Stopped' : faulty && random.chance(0.05) ? 'Unknown' : 'Running',
      stopReason: over ? 'TimeExceeded' : null,
      errors: over && session.error !== null ? [session.error] : [],
      storagePath: plan.storagePath,
    };
  };

  const isThere = (url: string): boolean => (blobs.get(url) ?? Infinity) <= clock.now();

  const download = (url: string, path: string) => {
    if (!isThere(url)) {
      throw new CapwrightError('BLOB_MISSING', 'no such blob', 'wait');
    }
    writeFileSync(path, CAPTURE, { mode: 0o600 });
    return { path, bytes: CAPTURE.length, sha256: 'f'.repeat(64), blobUrl: url };
  };

  const remove = ({ captureName }: { captureName: string }): boolean => {
    if (faulty && random.chance(0.2)) {
      return !sessions.has(captureName);
    }
    sessions.delete(captureName);
    return true;
  };

  /** Azure as one process reaches it. */
  const connect = (line: Line): Cloud => ({
    preflight: async (target, signal) => {
      await line.carry(null, signal, () => undefined);
      return planner.preflight(target, signal);
    },
    ensureCapture: (plan, signal) => line.carry(plan.captureName, signal, () => begin(plan)),
    readCapture: (plan, signal) => line.carry(plan.captureName, signal, () => read(plan)),
    stopCapture: (plan, signal) =>
      line.carry(plan.captureName, signal, () => {
        const session = sessions.get(plan.captureName);
        if (session !== undefined && !isOver(session)) {
          session.stoppedAt = clock.now();
        }
      }),
    deleteCapture: (plan, signal) => line.carry(plan.captureName, signal, () => remove(plan)),
    listCaptures: (signal) => line.carry(null, signal, () => [...sessions.values()].map(listed)),
    blobSize: (url, signal) => line.carry(url, signal, () => (isThere(url) ? CAPTURE.length : null)),
    downloadBlob: (url, path, { signal }) => line.carry(url, signal, () => download(url, path)),
  });

  return {
    connect,
    violations,
    sessions,
    faults: () => (faulty ? FAULTY : 0),
    /** Somebody else deletes a capture of ours. */
    deleteForeign: (): void => {
      const [name] = [...sessions.keys()];
      if (name !== undefined) {
        sessions.delete(name);
        count(foreignDeletions, name);
      }
    },
    heal: (): void => {
      faulty = false;
    },
  };
}

export type World = ReturnType<typeof createWorld>;

function count(map: Map<string, number>, name: string): number {
  const times = (map.get(name) ?? 0) + 1;
  map.set(name, times);
  return times;
}

function listed({ plan }: Session) {
  return {
    name: plan.captureName,
    location: plan.location,
    watcherName: plan.watcherName,
    watcherResourceGroup: plan.watcherResourceGroup,
    subscriptionId: plan.subscriptionId,
    targetId: plan.vmId,
    provisioningState: 'Succeeded',
  };
}
