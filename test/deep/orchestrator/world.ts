import type { CaptureBlob, CapturePlan, CaptureReading } from '../../../src/domain/capture-plan.ts';
import { CapwrightError } from '../../../src/domain/errors.ts';
import { holdsVm, type Task } from '../../../src/domain/task.ts';
import type { Clock, Cloud, ListedCapture } from '../../../src/ports.ts';
import { createFakeCloud } from '../../fakes/cloud.ts';
import type { Line } from './line.ts';
import type { Random } from './random.ts';
import { blobsOf, contentOf, isOver, newSession, type Session } from './session.ts';

const FAULTY = 0.15;
const FOREIGN = 'somebody-elses-capture';
/** Every request has arrived so long after it was sent. */
const LATEST_MS = 60_000;

export interface WorldOptions {
  clock: Clock;
  random: Random;
  violations: string[];
  note: (what: string) => void;
  /** Where the downloads of all processes lie: contents by path. */
  files: Map<string, string>;
  /** The task of a capture, or null where its state can't be told at once. */
  taskOf: (captureName: string) => Task | null;
}

/** A simulated Azure that outlives every process, judges what is done to it, and can be made to behave. */
export function createWorld({ clock, random, violations, note, files, taskOf }: WorldOptions) {
  const planner = createFakeCloud(clock).cloud;
  const sessions = new Map<string, Session>();
  const past = new Map<string, Session>();
  const gone = new Set<string>();
  let faulty = true;
  let signedOutUntil = 0;
  let lastPutAt = -Infinity;

  const put = (plan: CapturePlan, askedAt: number): void => {
    const { captureName: name } = plan;
    const there = sessions.get(name);
    if (there !== undefined) {
      if (there.startedAt < askedAt) {
        violations.push(`I2: ${name} was put over a capture that was there before`);
      }
      return;
    }
    note(`${name} begins`);
    const task = taskOf(name);
    if (task !== null && !holdsVm(task)) {
      violations.push(`I2: ${name} begins although its task is ${task.state} and its VM free`);
    }
    if ([...sessions.values()].some((other) => other.plan.vmId === plan.vmId)) {
      violations.push(`I1: a second capture on ${plan.vmName}: ${name}`);
    }
    const session = newSession(plan, clock.now(), { random, faulty });
    sessions.set(name, session);
    past.set(`${name} ${past.size}`, session);
  };

  const read = (plan: CapturePlan): CaptureReading | null => {
    const session = sessions.get(plan.captureName);
    if (session === undefined) {
      return null;
    }
    const over = isOver(session, clock.now());
    return {
      provisioningState: 'Succeeded',
      status: over ? 'Stopped' : faulty && random.chance(0.05) ? 'Unknown' : 'Running',
      stopReason: over ? (session.stoppedAt === null ? 'TimeExceeded' : 'Manual') : null,
      errors: over && session.error !== null ? [session.error] : [],
      storagePath: plan.storagePath,
    };
  };

  const stop = ({ captureName }: CapturePlan): void => {
    const session = sessions.get(captureName);
    if (session !== undefined && !isOver(session, clock.now())) {
      session.stoppedAt = clock.now();
      note(`${captureName} is stopped`);
    }
  };

  const remove = ({ captureName: name }: { captureName: string }): boolean => {
    if (name === FOREIGN) {
      violations.push('I10: a foreign capture was deleted');
    }
    const task = sessions.has(name) ? taskOf(name) : null;
    if (task !== null && holdsVm(task) && task.state !== 'cleaning') {
      violations.push(`I10: ${name} was deleted while its task was ${task.state}`);
    }
    if (faulty && random.chance(0.2)) {
      return !sessions.has(name);
    }
    if (sessions.delete(name)) {
      note(`${name} is deleted`);
    }
    return true;
  };

  const blobs = (plan: CapturePlan): CaptureBlob[] => {
    const session = [...past.values()].findLast((one) => one.plan.captureName === plan.captureName);
    return session === undefined ? [] : blobsOf(session, clock.now()).filter(({ url }) => !gone.has(url));
  };
  const blobAt = (url: string): CaptureBlob | undefined =>
    [...past.values()].flatMap(({ plan }) => blobs(plan)).find((blob) => blob.url === url);

  const fetched = (url: string): CaptureBlob => {
    const blob = blobAt(url);
    if (blob === undefined) {
      throw new CapwrightError('BLOB_MISSING', 'no such blob', 'wait');
    }
    return blob;
  };

  /** Azure as one process reaches it. */
  const connect = (line: Line): Cloud => ({
    preflight: async (target, signal) => {
      await line.carry(null, signal, () => undefined);
      return planner.preflight(target, signal);
    },
    ensureCapture: async (plan, signal) => {
      const askedAt = clock.now();
      const there = await line.carry(plan.captureName, signal, () => sessions.has(plan.captureName));
      if (!there) {
        lastPutAt = clock.now();
        try {
          await line.carry(plan.captureName, signal, () => put(plan, askedAt));
        } finally {
          // A laptop may have slept meanwhile: only now is it given up, and may still be under way.
          lastPutAt = clock.now();
        }
      }
    },
    readCapture: (plan, signal) => line.carry(plan.captureName, signal, () => read(plan)),
    stopCapture: (plan, signal) => line.carry(plan.captureName, signal, () => stop(plan)),
    deleteCapture: (plan, signal) => line.carry(plan.captureName, signal, () => remove(plan)),
    listCaptures: (signal) =>
      line.carry(null, signal, () => [
        ...[...sessions.values()].map(({ plan }) => listed(plan)),
        ...[...sessions.values()].slice(0, 1).map(({ plan }) => ({ ...listed(plan), name: FOREIGN })),
      ]),
    captureBlobs: (plan, _path, signal) => line.carry(plan.captureName, signal, () => blobs(plan)),
    deleteBlob: (url, signal) =>
      line.carry(url, signal, () => {
        if (faulty && random.chance(0.1)) {
          return blobAt(url) === undefined;
        }
        gone.add(url);
        return true;
      }),
    blobSize: (url, signal) => line.carry(url, signal, () => blobAt(url)?.bytes ?? null),
    downloadBlob: async (url, path, { signal }) => {
      const { bytes, instanceId } = await line.carry(url, signal, () => fetched(url));
      // Whoever has died or given up writes nothing, however late the bytes may come.
      const sha256 = contentOf(url, bytes);
      files.set(path, sha256);
      return { path, bytes, sha256, blobUrl: url, instanceId };
    },
  });

  return {
    connect,
    sessions,
    past,
    hasBlob: (url: string): boolean => blobAt(url) !== undefined,
    /** Whether these bytes are those of a file that this session wrote to its end. */
    isWhole: (url: string, content: string): boolean =>
      [...past.values()].some((session) =>
        blobsOf(session, Infinity).some((blob) => blob.url === url && contentOf(url, blob.bytes) === content),
      ),
    /** Whether a request to create something may be under way, answered or not. */
    isUnclear: () => clock.now() - lastPutAt < LATEST_MS,
    faults: () => (faulty ? FAULTY : 0),
    signedOut: () => clock.now() < signedOutUntil,
    /** Nobody may do anything in Azure for so long. */
    signOut: (ms: number): void => {
      signedOutUntil = clock.now() + ms;
    },
    /** Somebody else deletes a capture of ours. */
    deleteForeign: (): void => {
      const [name] = [...sessions.keys()];
      if (name !== undefined) {
        note(`somebody deletes ${name}`);
        sessions.delete(name);
      }
    },
    heal: (): void => {
      faulty = false;
      signedOutUntil = 0;
    },
  };
}

export type World = ReturnType<typeof createWorld>;

function listed(plan: CapturePlan): ListedCapture {
  const { location, watcherName, watcherResourceGroup, subscriptionId, vmId, captureName } = plan;
  return {
    name: captureName,
    location,
    watcherName,
    watcherResourceGroup,
    subscriptionId,
    targetId: vmId,
    provisioningState: 'Succeeded',
  };
}
