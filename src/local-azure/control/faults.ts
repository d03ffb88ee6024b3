import { z } from 'zod';
import { armError, type Reply } from '../http/exchange.ts';
import { createRandom } from '../traffic/random.ts';
import {
  actionOf,
  befalls,
  faultAction,
  labelOf,
  type FaultAction,
  type RequestClass,
} from './fault-kinds.ts';
import type { CurrentSettings } from './settings.ts';
import type { Stats } from './stats.ts';

/** A rule: which requests go wrong, how often, and how. */
export const faultRule = z.strictObject({
  match: z.strictObject({
    method: z.string().optional(),
    pathIncludes: z.string().optional(),
    /** Which endpoint; by default the one that the action is made for. */
    service: z.enum(['arm', 'blob', 'identity']).optional(),
  }),
  times: z.number().int().min(1).default(1),
  action: faultAction,
});

type FaultRule = z.infer<typeof faultRule>;

/** What a fault is chosen by. */
export interface FaultyRequest {
  readonly service: 'arm' | 'blob' | 'identity';
  readonly kind: RequestClass;
  readonly method: string;
  readonly path: string;
}

/** Planted rules first, the first that fits, used up after its `times`; then chance, if it is switched on. */
export interface Faults {
  plant(rule: FaultRule): void;
  /** The fault of the next request; every call counts as one request of its service. */
  take(request: FaultyRequest): FaultAction | undefined;
  pending(): readonly FaultRule[];
  /** Forgets the rules; the sequence of random faults begins anew. */
  clear(): void;
}

/** No rules yet. Random faults depend on the seed, the service and the ordinal of the request, on nothing else. */
export function createFaults(deps: { settings: CurrentSettings; stats: Stats }): Faults {
  let rules: FaultRule[] = [];
  let ordinals = { arm: 0, blob: 0, identity: 0 };
  const byRule: Faults['take'] = (request) => {
    const rule = rules.find((candidate) => fits(candidate, request));
    rules = rules.flatMap((other) => {
      const left = other === rule ? { ...other, times: other.times - 1 } : other;
      return left.times > 0 ? [left] : [];
    });
    return rule?.action;
  };
  return {
    plant(rule) {
      rules.push(rule);
    },
    take(request) {
      ordinals[request.service] += 1;
      const action = byRule(request) ?? byChance(deps.settings, request, ordinals[request.service]);
      if (action !== undefined) {
        deps.stats.fault(labelOf(action));
      }
      return action;
    },
    pending: () => rules,
    clear() {
      rules = [];
      ordinals = { arm: 0, blob: 0, identity: 0 };
    },
  };
}

function byChance(
  settings: CurrentSettings,
  request: FaultyRequest,
  ordinal: number,
): FaultAction | undefined {
  const { faultRate, faultKinds, seed } = settings.current();
  // Sign-ins are left alone: the Azure identity libraries give up on the first failure, whoever uses them.
  if (faultRate === 0 || request.service === 'identity') {
    return undefined;
  }
  const random = createRandom(seed).fork(`${request.service} ${ordinal}`);
  const possible = faultKinds.filter((kind) => befalls(kind, request.kind));
  const kind = random.between(0, 1) < faultRate ? possible[random.integer(possible.length)] : undefined;
  return kind === undefined ? undefined : actionOf(kind);
}

const transfers = ['blob-cut', 'blob-stalled'];

function fits({ match, action }: FaultRule, request: FaultyRequest): boolean {
  const { service = transfers.includes(labelOf(action)) ? 'blob' : 'management' } = match;
  const here = service === 'management' ? request.service !== 'blob' : service === request.service;
  return (
    here &&
    (match.method === undefined || match.method.toUpperCase() === request.method) &&
    (match.pathIncludes === undefined ||
      request.path.toLowerCase().includes(match.pathIncludes.toLowerCase()))
  );
}

const faultCodes = {
  401: 'InvalidAuthenticationToken',
  403: 'AuthorizationFailed',
  404: 'NotFound',
  409: 'AnotherOperationInProgress',
  412: 'PreconditionFailed',
  429: 'TooManyRequests',
  500: 'InternalServerError',
  503: 'ServiceUnavailable',
} as const;

/** The answer that a fault gives instead of the real one; undefined for faults that answer otherwise. */
export function faultReply(fault: FaultAction | undefined): Reply | undefined {
  if (fault === 'operation-expired') {
    return armError(404, 'OperationNotFound', 'The operation was not found.');
  }
  if (typeof fault !== 'object' || !('status' in fault)) {
    return undefined;
  }
  const wait = fault.retryAfterSeconds;
  return {
    ...armError(fault.status, faultCodes[fault.status], 'This failure was planted.', []),
    ...(wait !== undefined && { headers: { 'retry-after': String(wait) } }),
  };
}
