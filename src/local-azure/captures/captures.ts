import type { Judge } from '../control/judge.ts';
import type { Watcher } from '../inventory/resources.ts';
import type { WatcherEtags } from '../inventory/network-watchers.ts';
import type { Pace } from '../pace.ts';
import { captureId, documentedStoragePath, sessionLimit, type Capture } from './capture.ts';
import type { Delivery } from './delivery.ts';
import type { CaptureRequest } from './request.ts';
import { canCapture, type CaptureTarget } from './target.ts';

/** All captures of all subscriptions and what moves their sessions. */
export interface Captures {
  find(watcher: Watcher, name: string): Capture | undefined;
  all(): readonly Capture[];
  /** Registers a capture; its session waits for `begin`. */
  add(wanted: WantedCapture): Capture;
  /** Ends the provisioning and starts the session, which ends by itself at its time limit. */
  begin(capture: Capture): void;
  /** Ends a running session; an ended one stays as it is. */
  end(capture: Capture, reason: string): void;
  /** Removes the resource; a session that still runs is dropped without a file. */
  remove(capture: Capture): void;
  /** Forgets all captures, as if they had never been. */
  clear(): void;
}

interface WantedCapture {
  readonly name: string;
  readonly watcher: Watcher;
  readonly target: CaptureTarget;
  readonly request: CaptureRequest;
  readonly foreign?: boolean;
}

interface CaptureWorld {
  readonly pace: Pace;
  readonly etags: WatcherEtags;
  readonly delivery: Delivery;
  readonly judge: Judge;
}

const uploadSeconds = 3;
const lateFactor = 10;

/** The lifecycle of captures; real sessions, service latencies at the given pace. */
export function createCaptures(deps: CaptureWorld): Captures {
  const captures = new Map<string, Capture>();
  const limits = new Map<Capture, { cancel(): void }>();
  const forget = (capture: Capture): void => {
    limits.get(capture)?.cancel();
    limits.delete(capture);
  };
  const end = (capture: Capture, reason: string): void => {
    if (capture.status === 'Running') {
      forget(capture);
      capture.status = 'Stopped';
      capture.stopReason = reason;
      deps.judge.ended(capture);
      deliver(deps, capture);
    }
  };
  return {
    find: (watcher, name) => captures.get(captureId(watcher, name).toLowerCase()),
    all: () => [...captures.values()],
    add(wanted) {
      const capture = newCapture(wanted);
      captures.set(capture.id.toLowerCase(), capture);
      deps.etags.renew(wanted.watcher);
      deps.judge.created(capture);
      return capture;
    },
    begin(capture) {
      capture.provisioningState = 'Succeeded';
      deps.etags.renew(capture.watcher);
      if (!captures.has(capture.id.toLowerCase()) || !starts(capture)) {
        return;
      }
      deps.judge.began(capture);
      const timer = deps.pace.afterReal(sessionLimit(capture.request), () => {
        end(capture, 'TimeExceeded');
      });
      limits.set(capture, timer);
    },
    end,
    remove(capture) {
      forget(capture);
      if (captures.delete(capture.id.toLowerCase())) {
        deps.judge.removed(capture);
      }
      deps.etags.renew(capture.watcher);
    },
    clear() {
      captures.forEach(forget);
      captures.clear();
    },
  };
}

/** Starts the session where it can be; a scale set runs with the instances that can. */
function starts(capture: Capture): boolean {
  const possible = capture.target.machines.some(canCapture);
  if (!possible || capture.mishap === 'session-failed') {
    // Not on record what the service says without an agent; AgentStopped is the documented word that fits.
    capture.status = 'Error';
    capture.errors = [possible ? 'CaptureFailed' : 'AgentStopped'];
    return false;
  }
  capture.status = 'Running';
  capture.startTime = new Date();
  return true;
}

/** Hands the file over in the background: a refusal shows at once, the blob only after the upload delay. */
function deliver({ delivery, pace }: CaptureWorld, capture: Capture): void {
  if (capture.storagePath === '') {
    return;
  }
  capture.blob = 'pending';
  if (capture.mishap === 'blob-missing') {
    return;
  }
  const seconds = (Date.now() - (capture.startTime?.getTime() ?? Date.now())) / 1000;
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
    pace.after(capture.mishap === 'blob-late' ? uploadSeconds * lateFactor : uploadSeconds, () => {
      upload().catch(refuse);
    });
  };
  offer().catch(refuse);
}

function newCapture({ foreign = false, ...wanted }: WantedCapture): Capture {
  const { storageId, storagePath = '' } = wanted.request.storageLocation;
  const computed =
    storageId === undefined ? '' : documentedStoragePath(storageId, wanted.request.target, new Date());
  return {
    ...wanted,
    id: captureId(wanted.watcher, wanted.name),
    foreign,
    hidden: false,
    storagePath: storagePath === '' ? computed : storagePath,
    provisioningState: 'Updating',
    status: 'NotStarted',
    errors: [],
    blob: 'none',
  };
}
