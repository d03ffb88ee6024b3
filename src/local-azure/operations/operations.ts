import { randomUUID } from 'node:crypto';
import type { Pace } from '../pace.ts';
import type { UrlSigner } from './signed-url.ts';

/** How an operation ends: with its effect, without it in three ways, or never. */
export type Outcome = 'succeeds' | 'fails' | 'is-canceled' | 'never-ends';

/** What a long-running operation will do and answer. */
export interface OperationPlan {
  readonly subscriptionId: string;
  readonly provider: 'Microsoft.Network' | 'Microsoft.Compute';
  readonly region: string;
  readonly apiVersion: string;
  /** Service time until it ends. */
  readonly seconds: number;
  readonly outcome: Outcome;
  /** Its effect, when it succeeds. */
  readonly complete: () => void;
  /** Called instead when it fails or is canceled. */
  readonly failed?: () => void;
  /** What its status answers beside the word `Succeeded`. */
  readonly succeededWith?: Readonly<Record<string, unknown>>;
  /** What its result address answers once it has succeeded. */
  readonly result: () => { status: number; body?: unknown };
  /** Answers of the result carry Azure-AsyncOperation beside Location until the end, or also at the end. */
  readonly statusHeaderAtEnd: boolean;
  /** Seconds of service time that a pending result asks to wait. */
  readonly retryAfter?: number;
}

/** An operation under way or ended. */
export interface Operation {
  readonly plan: OperationPlan;
  readonly name: string;
  readonly startTime: Date;
  readonly statusUrl: string;
  readonly resultUrl: string;
  state: 'InProgress' | 'Succeeded' | 'Failed' | 'Canceled';
}

/** Runs operations at the service's pace and finds them again by id. */
export interface Operations {
  start(plan: OperationPlan): Operation;
  find(id: string): Operation | undefined;
}

/** Ended and stuck operations that are remembered; older ones answer as unknown, as in the service. */
const mostEnded = 2000;

const endings = { succeeds: 'Succeeded', fails: 'Failed', 'is-canceled': 'Canceled' } as const;

/** Operations whose addresses lie under `origin` and carry a signature. */
export function createOperations(deps: { origin: string; pace: Pace; signer: UrlSigner }): Operations {
  const known = new Map<string, Operation>();
  const ended: string[] = [];
  const retire = (name: string): void => {
    ended.push(name);
    if (ended.length > mostEnded) {
      known.delete(ended.shift() ?? '');
    }
  };
  const address = (plan: OperationPlan, kind: string, name: string): string => {
    const base = `/subscriptions/${plan.subscriptionId}/providers/${plan.provider}`;
    const url = new URL(`${deps.origin}${base}/locations/${plan.region}/${kind}/${name}`);
    url.searchParams.set('api-version', plan.apiVersion);
    return deps.signer.sign(url);
  };
  return {
    start(plan) {
      const name = randomUUID();
      const operation: Operation = {
        plan,
        name,
        startTime: new Date(),
        statusUrl: address(plan, 'operations', name),
        resultUrl: address(plan, 'operationResults', name),
        state: 'InProgress',
      };
      known.set(name, operation);
      const { outcome } = plan;
      if (outcome === 'never-ends') {
        retire(name);
        return operation;
      }
      deps.pace.after(plan.seconds, () => {
        operation.state = endings[outcome];
        (outcome === 'succeeds' ? plan.complete : plan.failed)?.();
        retire(name);
      });
      return operation;
    },
    find: (id) => known.get(id),
  };
}
