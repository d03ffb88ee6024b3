import { z } from 'zod';
import { mishaps } from './mishaps.ts';

const statuses = [401, 403, 404, 409, 412, 429, 500, 503] as const;

const statusAction = z.strictObject({
  status: z.literal(statuses),
  retryAfterSeconds: z.number().int().min(0).optional(),
});

/** Faults of the transfer of a blob: the body breaks off or stands still after so many bytes. */
const transferAction = z.union([
  z.strictObject({ cutAfterBytes: z.number().int().min(0) }),
  z.strictObject({ stallAfterBytes: z.number().int().min(0) }),
]);

const doorFaults = [
  'reset-before',
  'reset-after',
  'hang',
  'hang-after',
  'delayed-apply',
  'operation-expired',
] as const;

/** What a fault does, as a rule states it. */
export const faultAction = z.union([
  statusAction,
  transferAction,
  z.enum([...doorFaults, ...mishaps, 'blob-cut', 'blob-stalled']),
]);

/** One fault. */
export type FaultAction = z.infer<typeof faultAction>;

/** Faults that random injection draws from unless told otherwise: none of them need end a capture's life. */
const usualKinds = [
  'status-401',
  'status-409',
  'status-412',
  'status-429',
  'status-429-retry-after',
  'status-500',
  'status-503',
  'status-503-retry-after',
  'reset-before',
  'reset-after',
  'delayed-apply',
  'stale-get',
  'lro-failed',
  'lro-slow',
  'lro-stuck',
  'operation-expired',
  'quota',
  'blob-cut',
  'blob-stalled',
] as const;

const rareKinds = [
  'status-403',
  'status-404',
  'hang',
  'hang-after',
  'lro-canceled',
  'session-failed',
  'blob-late',
  'blob-missing',
  'file-truncated',
] as const;

/** The names by which random faults are chosen and counted. */
export const faultKind = z.enum([...usualKinds, ...rareKinds]);

/** One of those names. */
export type FaultKind = z.infer<typeof faultKind>;

/** The kinds that random injection uses by default. */
export const defaultFaultKinds: readonly FaultKind[] = usualKinds;

/** What kind of request a fault is looked for. */
export type RequestClass = 'create' | 'change' | 'poll' | 'read' | 'transfer';

/** The class of an ARM request. */
export function requestClass(method: string, path: string): RequestClass {
  if (method === 'GET') {
    return /\/operation(s|results)\//iu.test(path) ? 'poll' : 'read';
  }
  return method === 'PUT' ? 'create' : 'change';
}

const onlyFor: Partial<Record<FaultKind, readonly RequestClass[]>> = {
  'delayed-apply': ['create', 'change'],
  'stale-get': ['create'],
  'lro-failed': ['create', 'change'],
  'lro-slow': ['create', 'change'],
  'lro-stuck': ['create', 'change'],
  'lro-canceled': ['create', 'change'],
  'operation-expired': ['poll'],
  quota: ['create'],
  'session-failed': ['create'],
  'blob-late': ['create'],
  'blob-missing': ['create'],
  'file-truncated': ['create'],
  'blob-cut': ['transfer'],
  'blob-stalled': ['transfer'],
};

/** Kinds that make sense on a blob's transfer beside those made for it. */
const alsoForTransfers: readonly FaultKind[] = ['status-500', 'status-503', 'reset-before'];

/** Whether a fault of that kind can befall a request of that class. */
export function befalls(kind: FaultKind, request: RequestClass): boolean {
  const only = onlyFor[kind];
  return only === undefined
    ? request !== 'transfer' || alsoForTransfers.includes(kind)
    : only.includes(request);
}

/** The fault that a name stands for; a kind with Retry-After asks for one second. */
export function actionOf(kind: FaultKind): FaultAction {
  const status = statuses.find((code) => kind.startsWith(`status-${code}`));
  if (status !== undefined) {
    return { status, ...(kind.endsWith('-retry-after') && { retryAfterSeconds: 1 }) };
  }
  return faultAction.parse(kind);
}

/** The name under which a fault is counted and shown. */
export function labelOf(action: FaultAction): string {
  if (typeof action === 'string') {
    return action;
  }
  if ('status' in action) {
    return `status-${action.status}${action.retryAfterSeconds === undefined ? '' : '-retry-after'}`;
  }
  return 'cutAfterBytes' in action ? 'blob-cut' : 'blob-stalled';
}
