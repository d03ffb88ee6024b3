import type { Judge } from '../control/judge.ts';
import type { CurrentSettings } from '../control/settings.ts';
import type { Stats } from '../control/stats.ts';
import { armError, type Call, type Reply } from '../http/exchange.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Watcher } from '../inventory/resources.ts';
import type { WatcherEtags } from '../inventory/network-watchers.ts';
import type { Operation, OperationPlan, Operations, Outcome } from '../operations/operations.ts';
import type { Pace } from '../pace.ts';
import type { Capture } from './capture.ts';
import type { Captures } from './captures.ts';

/** What the capture routes work with. */
export interface CaptureDeps {
  readonly inventory: Inventory;
  readonly captures: Captures;
  readonly operations: Operations;
  readonly etags: WatcherEtags;
  readonly pace: Pace;
  readonly judge: Judge;
  readonly stats: Stats;
  readonly settings: CurrentSettings;
  /** The last write of each watcher, by the watcher's id. */
  readonly lastWrites: Map<string, Operation>;
}

/** Seconds that each operation takes, as recorded in 2026. */
export const latency = { create: 1.5, stop: 6, delete: 1.5, query: 2 };

const slowFactor = 10;

/** Starts an operation on a capture in its watcher's region; a mishap of the call decides how it ends. */
export function startOperation(
  deps: CaptureDeps,
  call: Call,
  capture: Capture,
  plan: Pick<OperationPlan, 'seconds' | 'result' | 'complete'> & Partial<OperationPlan>,
): Operation {
  return deps.operations.start({
    statusHeaderAtEnd: true,
    subscriptionId: capture.watcher.subscriptionId,
    provider: 'Microsoft.Network',
    region: capture.watcher.location,
    apiVersion: call.url.searchParams.get('api-version') ?? '',
    outcome: outcomeOf(call),
    ...plan,
    seconds: call.mishap === 'lro-slow' ? plan.seconds * slowFactor : plan.seconds,
  });
}

/** Starts an operation that changes something, which other writes of the watcher may have to wait for. */
export function startWrite(...[deps, call, capture, plan]: Parameters<typeof startOperation>): Operation {
  const operation = startOperation(deps, call, capture, plan);
  deps.lastWrites.set(capture.watcher.id, operation);
  return operation;
}

/** The refusal of a write while another one of the same watcher is under way, if that is switched on. */
export function refuseParallelWrite(deps: CaptureDeps, watcher: Watcher): Reply | undefined {
  const other = deps.lastWrites.get(watcher.id);
  // A stuck operation would block the watcher for good; real ones are given up some time, too.
  const busy = other?.state === 'InProgress' && other.plan.outcome !== 'never-ends';
  if (!deps.settings.current().refuseParallelWrites || other === undefined || !busy) {
    return undefined;
  }
  deps.stats.refusal('parallelWrites');
  return anotherOperation(other.statusUrl);
}

/** The recorded words of a watcher that is busy. */
export function anotherOperation(statusUrl: string): Reply {
  const uri = statusUrl.replace(/&t=.*$/u, '');
  const message = `Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: ${uri}.`;
  return armError(409, 'AnotherOperationInProgress', message, []);
}

function outcomeOf({ mishap }: Call): Outcome {
  switch (mishap) {
    case 'lro-failed':
      return 'fails';
    case 'lro-canceled':
      return 'is-canceled';
    case 'lro-stuck':
      return 'never-ends';
    default:
      return 'succeeds';
  }
}
