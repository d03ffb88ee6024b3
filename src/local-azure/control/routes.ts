import { z } from 'zod';
import { captureId, renderStatus, type Capture } from '../captures/capture.ts';
import type { Captures } from '../captures/captures.ts';
import type { Delivery } from '../captures/delivery.ts';
import type { Call, Reply, Route } from '../http/exchange.ts';
import { findMachine, inventory, resourceId } from '../inventory/inventory.ts';
import { faultRule, type Faults } from './faults.ts';
import type { History } from './history.ts';

/** What the control endpoint shows and changes. */
export interface ControlDeps {
  readonly captures: Captures;
  readonly delivery: Delivery;
  readonly faults: Faults;
  readonly history: History;
}

const foreignCapture = z.strictObject({ name: z.string().min(1), vm: z.string().min(1) });

/** The side door for tests and demos: looking inside, planting faults; no token asked, loopback only. */
export function controlRoutes(deps: ControlDeps): Route[] {
  return [
    { method: 'GET', path: '/_local/history', handle: () => ok(deps.history.entries()) },
    { method: 'GET', path: '/_local/captures', handle: () => ok(deps.captures.all().map(describe)) },
    { method: 'GET', path: '/_local/planted', handle: (call) => planted(deps, call) },
    { method: 'POST', path: '/_local/foreign-capture', handle: (call) => plantForeign(deps, call) },
    { method: 'GET', path: '/_local/faults', handle: () => ok(deps.faults.pending()) },
    { method: 'POST', path: '/_local/faults', handle: (call) => plantFaults(deps, call) },
    {
      method: 'DELETE',
      path: '/_local/faults',
      handle() {
        deps.faults.clear();
        return { status: 204 };
      },
    },
  ];
}

function planted(deps: ControlDeps, call: Call): Reply {
  const truth = deps.delivery.planted(call.url.searchParams.get('capture') ?? '');
  return truth === undefined ? wrong(404, 'No file was delivered for a capture of that name.') : ok(truth);
}

/** Somebody else's capture: it was not asked for by any client of this session, and it runs. */
function plantForeign(deps: ControlDeps, call: Call): Reply {
  const wanted = foreignCapture.safeParse(json(call.body));
  const machine = wanted.data && findMachine(wanted.data.vm);
  const watcher = inventory.watchers.find(({ location }) => location === machine?.location);
  if (wanted.data === undefined || machine === undefined || watcher === undefined) {
    return wrong(400, 'Give the name of a capture, and a vm in a region that has a watcher.');
  }
  const target = resourceId(inventory.resourceGroup, `Microsoft.Compute/virtualMachines/${machine.name}`);
  const account = resourceId(inventory.resourceGroup, 'Microsoft.Storage/storageAccounts/capwrightdemo');
  const request = {
    target,
    targetType: 'AzureVM' as const,
    bytesToCapturePerPacket: 0,
    totalBytesPerSession: 1_073_741_824,
    timeLimitInSeconds: 18_000,
    storageLocation: { storageId: account },
    filters: [],
  };
  const capture = deps.captures.add({ name: wanted.data.name, watcher, machine, request });
  deps.captures.begin(capture);
  return { status: 201, body: describe(capture) };
}

function plantFaults(deps: ControlDeps, call: Call): Reply {
  const rules = z
    .union([faultRule.transform((rule) => [rule]), z.array(faultRule)])
    .safeParse(json(call.body));
  if (!rules.success) {
    return wrong(400, 'That is no fault rule: {match:{method,pathIncludes},times,action}.');
  }
  rules.data.forEach((rule) => {
    deps.faults.plant(rule);
  });
  return { status: 201, body: deps.faults.pending() };
}

function describe(capture: Capture) {
  return {
    ...renderStatus(capture),
    id: captureId(capture.watcher, capture.name),
    vm: capture.machine.name,
    provisioningState: capture.provisioningState,
    storagePath: capture.storagePath,
    blob: capture.blob,
  };
}

function ok(body: unknown): Reply {
  return { status: 200, body };
}

function wrong(status: number, error: string): Reply {
  return { status, body: { error } };
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
