import { armError, type Call, type Reply, type Route } from '../http/exchange.ts';
import { findMachine, findWatcher, inventory, same, type Watcher } from '../inventory/inventory.ts';
import { notFound } from '../inventory/compute.ts';
import type { WatcherEtags } from '../inventory/network-watchers.ts';
import type { Operation, OperationPlan, Operations } from '../operations/operations.ts';
import type { Pace } from '../pace.ts';
import { captureId, captureType, renderCapture, renderStatus, type Capture } from './capture.ts';
import type { Captures } from './captures.ts';
import { parseCaptureRequest } from './request.ts';

/** What the capture routes work with. */
export interface CaptureDeps {
  readonly captures: Captures;
  readonly operations: Operations;
  readonly etags: WatcherEtags;
  readonly pace: Pace;
}

/** Seconds that each operation takes, as recorded in 2026. */
const latency = { create: 1.5, stop: 6, delete: 1.5, query: 2 };
const queryRetryAfter = 10;

/** Create, get, list, stop, queryStatus and delete with the shapes that the service was recorded with. */
export function captureRoutes(deps: CaptureDeps): Route[] {
  const watchers = '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.Network';
  const list = `${watchers}/networkWatchers/:watcher/packetCaptures`;
  const one = `${list}/:name`;
  const on = (handle: (deps: CaptureDeps, call: Call, capture: Capture) => Reply) =>
    at((call, watcher) => {
      const capture = deps.captures.find(watcher.name, call.param('name'));
      const id = captureId(watcher, call.param('name'));
      return capture === undefined
        ? armError(404, 'NotFound', `Resource ${id} not found.`, [])
        : handle(deps, call, capture);
    });
  const read = `${captureType}/read`;
  return [
    { method: 'GET', path: list, action: read, handle: at((_, watcher) => listCaptures(deps, watcher)) },
    { method: 'GET', path: one, action: read, handle: on(getCapture) },
    {
      method: 'PUT',
      path: one,
      action: `${captureType}/write`,
      handle: at((call, watcher) => create(deps, call, watcher)),
    },
    { method: 'POST', path: `${one}/stop`, action: `${captureType}/stop/action`, handle: on(stop) },
    {
      method: 'POST',
      path: `${one}/queryStatus`,
      action: `${captureType}/queryStatus/action`,
      handle: on(queryStatus),
    },
    {
      method: 'DELETE',
      path: one,
      action: `${captureType}/delete`,
      handle: at((call, watcher) => remove(deps, call, watcher)),
    },
  ];
}

function at(handle: (call: Call, watcher: Watcher) => Reply) {
  return (call: Call): Reply => withWatcher(call, handle);
}

function withWatcher(call: Call, handle: (call: Call, watcher: Watcher) => Reply): Reply {
  const watcher = findWatcher(call.param('watcher'));
  return watcher === undefined || !same(call.param('group'), inventory.watcherGroup)
    ? notFound(`Microsoft.Network/networkWatchers/${call.param('watcher')}`, call.param('group'))
    : handle(call, watcher);
}

function listCaptures({ captures, etags }: CaptureDeps, watcher: Watcher): Reply {
  const mine = captures.all().filter((capture) => capture.watcher === watcher);
  return { status: 200, body: { value: mine.map((capture) => renderCapture(capture, etags)) } };
}

function getCapture({ etags }: CaptureDeps, _: Call, capture: Capture): Reply {
  const etag = etags.current(capture.watcher.name);
  return { status: 200, headers: { etag }, body: renderCapture(capture, etags) };
}

function create(deps: CaptureDeps, call: Call, watcher: Watcher): Reply {
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

function stop(deps: CaptureDeps, call: Call, capture: Capture): Reply {
  deps.etags.renew(capture.watcher.name);
  const operation = startOperation(deps, call, capture, {
    seconds: latency.stop,
    result: () => ({ status: 200, body: null }),
    complete() {
      deps.captures.end(capture, 'Manual');
    },
  });
  return accepted(operation);
}

function queryStatus(deps: CaptureDeps, call: Call, capture: Capture): Reply {
  if (capture.status === 'Stopped' || capture.status === 'Error') {
    return { status: 200, body: renderStatus(capture) };
  }
  const operation = startOperation(deps, call, capture, {
    seconds: latency.query,
    statusHeaderAtEnd: false,
    retryAfter: queryRetryAfter,
    result: () => ({ status: 200, body: renderStatus(capture) }),
    complete: () => undefined,
  });
  const headers = { location: operation.resultUrl, 'retry-after': deps.pace.retryAfter(queryRetryAfter) };
  return { status: 202, headers, body: renderStatus(capture) };
}

function remove(deps: CaptureDeps, call: Call, watcher: Watcher): Reply {
  const capture = deps.captures.find(watcher.name, call.param('name'));
  if (capture === undefined) {
    return { status: 204 };
  }
  const before = capture.provisioningState;
  capture.provisioningState = 'Deleting';
  const operation = startOperation(deps, call, capture, {
    seconds: latency.delete,
    result: () => ({ status: 204 }),
    complete() {
      deps.captures.remove(capture);
    },
    failed() {
      capture.provisioningState = before;
    },
  });
  return accepted(operation);
}

function accepted(operation: Operation): Reply {
  const headers = { 'azure-asyncoperation': operation.statusUrl, location: operation.resultUrl };
  return { status: 202, headers };
}

function startOperation(
  deps: CaptureDeps,
  call: Call,
  capture: Capture,
  plan: Pick<OperationPlan, 'seconds' | 'result' | 'complete'> & Partial<OperationPlan>,
): Operation {
  return deps.operations.start({
    statusHeaderAtEnd: true,
    region: capture.watcher.location,
    apiVersion: call.url.searchParams.get('api-version') ?? '',
    fail: call.failOperation,
    ...plan,
  });
}
