import { armError, type Call, type Reply } from '../http/exchange.ts';
import type { Watcher } from '../inventory/resources.ts';
import { captureId, renderCapture, type Capture } from './capture.ts';
import {
  anotherOperation,
  latency,
  refuseParallelWrite,
  startWrite,
  type CaptureDeps,
} from './capture-operation.ts';
import { parseCaptureRequest, type CaptureRequest } from './request.ts';
import { findTarget } from './target.ts';

const hiddenSeconds = 5;

/** PUT of a capture: 201 with the updating resource, then the session begins when the operation succeeds. */
export function create(deps: CaptureDeps, call: Call, watcher: Watcher): Reply {
  deps.judge.asked(captureId(watcher, call.param('name')));
  const request = parseCaptureRequest(call.body);
  if ('problem' in request) {
    return armError(400, 'InvalidRequestFormat', `Cannot parse the request. ${request.problem}`, []);
  }
  const capture = refuseParallelWrite(deps, watcher) ?? admit(deps, call, watcher, request);
  if (!('watcher' in capture)) {
    return capture;
  }
  const operation = startWrite(deps, call, capture, {
    seconds: latency.create,
    result: () => ({ status: 200, body: renderCapture(capture, deps.etags) }),
    complete() {
      if (capture.provisioningState === 'Updating') {
        deps.captures.begin(capture);
      }
    },
    failed() {
      capture.provisioningState = 'Failed';
    },
  });
  return {
    status: 201,
    headers: { 'azure-asyncoperation': operation.statusUrl, 'azure-asyncnotification': 'Enabled' },
    body: renderCapture(capture, deps.etags),
  };
}

/** The capture that the request makes or repeats, or why it may not. */
function admit(deps: CaptureDeps, call: Call, watcher: Watcher, request: CaptureRequest): Capture | Reply {
  const target = findTarget(deps.inventory, watcher, request);
  if (target === undefined) {
    return armError(404, 'NotFound', `Resource ${request.target} not found.`, []);
  }
  const name = call.param('name');
  const existing = deps.captures.find(watcher, name);
  if (existing !== undefined) {
    return repeat(deps, existing, request);
  }
  if (call.mishap === 'quota' || sessionsIn(deps, watcher) >= deps.settings.current().sessionLimit) {
    deps.stats.refusal('quota');
    // The recorded word for a used-up count is the watchers' own; the one for sessions is not on record.
    const message = 'Cannot create more packet captures for this subscription in this region.';
    return armError(400, 'LocalAzureSessionLimitReached', message, []);
  }
  const capture = deps.captures.add({ name, watcher, target, request });
  if (call.mishap !== undefined) {
    capture.mishap = call.mishap;
  }
  if (call.mishap === 'stale-get') {
    capture.hidden = true;
    deps.pace.after(hiddenSeconds, () => {
      capture.hidden = false;
    });
  }
  return capture;
}

/** A repeated PUT of the same thing is taken as the same; what a differing one does is not on record. */
function repeat(deps: CaptureDeps, existing: Capture, request: CaptureRequest): Capture | Reply {
  if (JSON.stringify(existing.request) !== JSON.stringify(request)) {
    deps.judge.contradicted(existing);
    const message = `Packet capture ${existing.name} exists with other settings.`;
    return armError(409, 'LocalAzureCaptureExists', message, []);
  }
  if (existing.provisioningState === 'Deleting') {
    return anotherOperation(deps.lastWrites.get(existing.watcher.id)?.statusUrl ?? '');
  }
  if (existing.provisioningState === 'Failed') {
    existing.provisioningState = 'Updating';
  }
  return existing;
}

function sessionsIn({ captures }: CaptureDeps, { subscriptionId, location }: Watcher): number {
  const here = captures
    .all()
    .filter(({ watcher }) => watcher.subscriptionId === subscriptionId && watcher.location === location);
  return here.filter(({ status }) => status === 'NotStarted' || status === 'Running').length;
}
