import type { Call } from '../http/exchange.ts';
import type { WatcherEtags } from '../inventory/network-watchers.ts';
import type { Operation, OperationPlan, Operations } from '../operations/operations.ts';
import type { Pace } from '../pace.ts';
import type { Capture } from './capture.ts';
import type { Captures } from './captures.ts';

/** What the capture routes work with. */
export interface CaptureDeps {
  readonly captures: Captures;
  readonly operations: Operations;
  readonly etags: WatcherEtags;
  readonly pace: Pace;
}

/** Seconds that each operation takes, as recorded in 2026. */
export const latency = { create: 1.5, stop: 6, delete: 1.5, query: 2 };

/** Starts an operation on a capture in its watcher's region; a planted fault of the call makes it fail. */
export function startOperation(
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
