import { z } from 'zod';
import { armError, type Reply } from '../http/exchange.ts';

const statusAction = z.strictObject({
  status: z.union([
    z.literal(401),
    z.literal(403),
    z.literal(404),
    z.literal(409),
    z.literal(429),
    z.literal(500),
    z.literal(503),
  ]),
  retryAfterSeconds: z.number().int().min(0).optional(),
});

/** A rule: which requests go wrong, how often, and how. */
export const faultRule = z.strictObject({
  match: z.strictObject({ method: z.string().optional(), pathIncludes: z.string().optional() }),
  times: z.number().int().min(1).default(1),
  action: z.union([statusAction, z.enum(['reset-before', 'reset-after', 'hang', 'lro-failed'])]),
});

type FaultRule = z.infer<typeof faultRule>;

type FaultAction = FaultRule['action'];

/** The planted rules; the first that fits a request is used, and used up after its `times`. */
export interface Faults {
  plant(rule: FaultRule): void;
  take(method: string, path: string): FaultAction | undefined;
  pending(): readonly FaultRule[];
  clear(): void;
}

/** No rules yet. */
export function createFaults(): Faults {
  let rules: FaultRule[] = [];
  return {
    plant(rule) {
      rules.push(rule);
    },
    take(method, path) {
      const rule = rules.find(({ match }) => fits(match, method, path));
      rules = rules.flatMap((other) => {
        const left = other === rule ? { ...other, times: other.times - 1 } : other;
        return left.times > 0 ? [left] : [];
      });
      return rule?.action;
    },
    pending: () => rules,
    clear() {
      rules = [];
    },
  };
}

function fits(match: FaultRule['match'], method: string, path: string): boolean {
  return (
    (match.method === undefined || match.method.toUpperCase() === method) &&
    (match.pathIncludes === undefined || path.toLowerCase().includes(match.pathIncludes.toLowerCase()))
  );
}

const faultCodes = {
  401: 'InvalidAuthenticationToken',
  403: 'AuthorizationFailed',
  404: 'NotFound',
  409: 'AnotherOperationInProgress',
  429: 'TooManyRequests',
  500: 'InternalServerError',
  503: 'ServiceUnavailable',
} as const;

/** The answer that a planted status gives instead of the real one; undefined for the other faults. */
export function faultReply(fault: FaultAction | undefined): Reply | undefined {
  if (typeof fault !== 'object') {
    return undefined;
  }
  const wait = fault.retryAfterSeconds;
  return {
    ...armError(fault.status, faultCodes[fault.status], 'This failure was planted.', []),
    ...(wait !== undefined && { headers: { 'retry-after': String(wait) } }),
  };
}
