import type { VirtualMachine, Watcher } from '../inventory/inventory.ts';
import type { WatcherEtags } from '../inventory/network-watchers.ts';
import { same } from '../inventory/inventory.ts';
import type { Pace } from '../pace.ts';
import { documentedStoragePath, type Capture } from './capture.ts';
import type { Delivery } from './delivery.ts';
import type { CaptureRequest } from './request.ts';

/** All captures of the subscription and what moves their sessions. */
export interface Captures {
  find(watcher: string, name: string): Capture | undefined;
  all(): readonly Capture[];
  /** Registers a capture; its session waits for `begin`. */
  add(wanted: { name: string; watcher: Watcher; machine: VirtualMachine; request: CaptureRequest }): Capture;
  /** Ends the provisioning and starts the session, which ends by itself at its time limit. */
  begin(capture: Capture): void;
  /** Ends a running session; an ended one stays as it is. */
  end(capture: Capture, reason: string): void;
  /** Removes the resource; a session that still runs is dropped without a file. */
  remove(capture: Capture): void;
}

interface CaptureWorld {
  readonly pace: Pace;
  readonly etags: WatcherEtags;
  readonly delivery: Delivery;
}

const uploadSeconds = 3;
const longestSession = 18_000;

/** The lifecycle of captures; real sessions, service latencies at the given pace. */
export function createCaptures(deps: CaptureWorld): Captures {
  const captures: Capture[] = [];
  const limits = new Map<Capture, { cancel(): void }>();

  const end = (capture: Capture, reason: string): void => {
    if (capture.status !== 'Running') {
      return;
    }
    limits.get(capture)?.cancel();
    const seconds = (Date.now() - (capture.startTime?.getTime() ?? Date.now())) / 1000;
    capture.status = 'Stopped';
    capture.stopReason = reason;
    if (capture.storagePath !== '') {
      deliver(deps, capture, seconds);
    }
  };

  return {
    find: (watcher, name) =>
      captures.find((capture) => same(capture.watcher.name, watcher) && same(capture.name, name)),
    all: () => captures,
    add(wanted) {
      const capture = newCapture(wanted);
      captures.push(capture);
      deps.etags.renew(wanted.watcher.name);
      return capture;
    },
    begin(capture) {
      capture.provisioningState = 'Succeeded';
      deps.etags.renew(capture.watcher.name);
      if (!capture.machine.hasAgent || capture.machine.power !== 'running') {
        // Not on record what the service says here; AgentStopped is the documented word that fits.
        capture.status = 'Error';
        capture.errors = ['AgentStopped'];
        return;
      }
      capture.status = 'Running';
      capture.startTime = new Date();
      const limit = capture.request.timeLimitInSeconds || longestSession;
      const timer = deps.pace.afterReal(limit, () => {
        end(capture, 'TimeExceeded');
      });
      limits.set(capture, timer);
    },
    end,
    remove(capture) {
      limits.get(capture)?.cancel();
      const index = captures.indexOf(capture);
      captures.splice(index, index === -1 ? 0 : 1);
      deps.etags.renew(capture.watcher.name);
    },
  };
}

/** Hands the file over in the background: a refusal shows at once, the blob only after the upload delay. */
function deliver({ delivery, pace }: CaptureWorld, capture: Capture, seconds: number): void {
  capture.blob = 'pending';
  const refuse = (): void => {
    capture.blob = 'failed';
    capture.errors = ['StorageFailed'];
  };
  const upload = async (): Promise<void> => {
    await delivery.upload(capture, seconds);
    capture.blob = 'uploaded';
  };
  const offer = async (): Promise<void> => {
    if (!(await delivery.accepts(capture))) {
      refuse();
      return;
    }
    pace.after(uploadSeconds, () => {
      upload().catch(refuse);
    });
  };
  offer().catch(refuse);
}

function newCapture(wanted: Parameters<Captures['add']>[0]): Capture {
  const { storageId, storagePath = '', filePath } = wanted.request.storageLocation;
  const computed =
    storageId === undefined || filePath !== undefined
      ? ''
      : documentedStoragePath(storageId, wanted.request.target, new Date());
  return {
    ...wanted,
    storagePath: storagePath === '' ? computed : storagePath,
    provisioningState: 'Updating',
    status: 'NotStarted',
    errors: [],
    blob: 'none',
  };
}
