import { randomUUID } from 'node:crypto';
import { inventory } from '../inventory/inventory.ts';
import type { Pace } from '../pace.ts';
import type { UrlSigner } from './signed-url.ts';

/** What a long-running operation will do and answer. */
export interface OperationPlan {
  readonly region: string;
  readonly apiVersion: string;
  /** Service time until it ends. */
  readonly seconds: number;
  /** Ends as failed, without effect. */
  readonly fail: boolean;
  /** Its effect, when it succeeds. */
  readonly complete: () => void;
  /** Called instead when it fails. */
  readonly failed?: () => void;
  /** What its result address answers once it has succeeded. */
  readonly result: () => { status: number; body?: unknown };
  /** Answers carry Azure-AsyncOperation beside Location until the end, or also at the end. */
  readonly statusHeaderAtEnd: boolean;
  /** Seconds of service time that a pending result asks to wait. */
  readonly retryAfter?: number;
}

/** An operation under way or ended. */
export interface Operation {
  readonly plan: OperationPlan;
  readonly statusUrl: string;
  readonly resultUrl: string;
  state: 'InProgress' | 'Succeeded' | 'Failed';
}

/** Runs operations at the service's pace and finds them again by id. */
export interface Operations {
  start(plan: OperationPlan): Operation;
  find(id: string): Operation | undefined;
}

/** Operations whose addresses lie under `origin` and carry a signature. */
export function createOperations(deps: { origin: string; pace: Pace; signer: UrlSigner }): Operations {
  const running = new Map<string, Operation>();
  return {
    start(plan) {
      const id = randomUUID();
      const address = (kind: string): string => {
        const base = `/subscriptions/${inventory.subscriptionId}/providers/Microsoft.Network`;
        const url = new URL(`${deps.origin}${base}/locations/${plan.region}/${kind}/${id}`);
        url.searchParams.set('api-version', plan.apiVersion);
        return deps.signer.sign(url);
      };
      const operation: Operation = {
        plan,
        statusUrl: address('operations'),
        resultUrl: address('operationResults'),
        state: 'InProgress',
      };
      running.set(id, operation);
      deps.pace.after(plan.seconds, () => {
        operation.state = plan.fail ? 'Failed' : 'Succeeded';
        (plan.fail ? plan.failed : plan.complete)?.();
      });
      return operation;
    },
    find: (id) => running.get(id),
  };
}
