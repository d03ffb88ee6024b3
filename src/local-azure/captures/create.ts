import { armError, type Call, type Reply } from '../http/exchange.ts';
import { findMachine, type Watcher } from '../inventory/inventory.ts';
import { renderCapture } from './capture.ts';
import { latency, startOperation, type CaptureDeps } from './capture-operation.ts';
import { parseCaptureRequest } from './request.ts';

/** PUT of a capture: 201 with the updating resource, then the session begins when the operation succeeds. */
export function create(deps: CaptureDeps, call: Call, watcher: Watcher): Reply {
  const request = parseCaptureRequest(call.body);
  if ('problem' in request) {
    return armError(400, 'InvalidRequestFormat', `Cannot parse the request. ${request.problem}`, []);
  }
  const machine = findMachine(request.target.split('/').at(-1) ?? '');
  if (machine === undefined || machine.location !== watcher.location) {
    return armError(404, 'NotFound', `Resource ${request.target} not found.`, []);
  }
  const name = call.param('name');
  const existing = deps.captures.find(watcher.name, name);
  // A repeated PUT of the same thing is taken as the same; what a differing one does is not on record.
  if (existing !== undefined && JSON.stringify(existing.request) !== JSON.stringify(request)) {
    return armError(409, 'LocalAzureCaptureExists', `Packet capture ${name} exists with other settings.`, []);
  }
  const capture = existing ?? deps.captures.add({ name, watcher, machine, request });
  const operation = startOperation(deps, call, capture, {
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
