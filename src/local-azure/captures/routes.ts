import { armError, type Call, type Reply, type Route } from '../http/exchange.ts';
import type { Watcher } from '../inventory/resources.ts';
import { inSubscription, named, notFound } from '../inventory/scoped.ts';
import type { Operation } from '../operations/operations.ts';
import { captureId, captureType, renderCapture, renderStatus, type Capture } from './capture.ts';
import {
  latency,
  refuseParallelWrite,
  startOperation,
  startWrite,
  type CaptureDeps,
} from './capture-operation.ts';
import { create } from './create.ts';

const queryRetryAfter = 10;

/** Create, get, list, stop, queryStatus and delete with the shapes that the service was recorded with. */
export function captureRoutes(deps: CaptureDeps): Route[] {
  const watchers = '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.Network';
  const list = `${watchers}/networkWatchers/:watcher/packetCaptures`;
  const one = `${list}/:name`;
  const at = (handle: (call: Call, watcher: Watcher) => Reply) =>
    inSubscription(deps.inventory, (call, { watchers: known }) => {
      const watcher = named(call, known, call.param('watcher'));
      return watcher === undefined
        ? notFound(`Microsoft.Network/networkWatchers/${call.param('watcher')}`, call.param('group'))
        : handle(call, watcher);
    });
  const on = (handle: (deps: CaptureDeps, call: Call, capture: Capture) => Reply) =>
    at((call, watcher) => {
      const found = deps.captures.find(watcher, call.param('name'));
      const capture = found?.hidden === true && call.method === 'GET' ? undefined : found;
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

function listCaptures({ captures, etags }: CaptureDeps, watcher: Watcher): Reply {
  const mine = captures.all().filter((capture) => capture.watcher === watcher && !capture.hidden);
  return { status: 200, body: { value: mine.map((capture) => renderCapture(capture, etags)) } };
}

function getCapture({ etags }: CaptureDeps, _: Call, capture: Capture): Reply {
  const etag = etags.current(capture.watcher);
  return { status: 200, headers: { etag }, body: renderCapture(capture, etags) };
}

function stop(deps: CaptureDeps, call: Call, capture: Capture): Reply {
  const busy = refuseParallelWrite(deps, capture.watcher);
  if (busy !== undefined) {
    return busy;
  }
  deps.judge.stopAsked(capture);
  deps.etags.renew(capture.watcher);
  const operation = startWrite(deps, call, capture, {
    seconds: latency.stop,
    succeededWith: { properties: {} },
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
  const capture = deps.captures.find(watcher, call.param('name'));
  if (capture === undefined) {
    return { status: 204 };
  }
  const busy = refuseParallelWrite(deps, watcher);
  if (busy !== undefined) {
    return busy;
  }
  const before = capture.provisioningState;
  capture.provisioningState = 'Deleting';
  const operation = startWrite(deps, call, capture, {
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
