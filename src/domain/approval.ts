import { z } from 'zod';
import { CaptureRequest } from './capture-request.ts';
import { CapwrightError } from './errors.ts';
import type { Policy } from './policy.ts';

/** How long a plan waits for its approval, in milliseconds. */
export const PLAN_LIFE_MS = 15 * 60_000;

/**
 * Who approved: a person whom the client asked, the plan that came back in a second call (whoever made that call,
 * a person or a model alone), or the policy, which asks for no approval.
 */
export const ApprovedBy = z.enum(['elicitation', 'plan_id', 'policy']);
export type ApprovedBy = z.infer<typeof ApprovedBy>;

/** What is done: a capture is started, or something is deleted or thrown away. */
export type Act = 'start' | 'destroy';

/** Whether a person agrees to what a call would do, as far as its client lets us know. */
export type Consent = 'nobody to ask' | 'can be asked' | 'given';

/** Who approves an act, or null while nobody does. A client whose person can be asked is not let off by a plan alone. */
export function approverOf(
  { approval: level = 'destructive' }: Policy,
  act: Act,
  { isPlanned, consent }: { isPlanned: boolean; consent: Consent },
): ApprovedBy | null {
  if (isPlanned && consent === 'given') {
    return 'elicitation';
  }
  if (level === 'never' || (level === 'destructive' && act === 'start')) {
    return 'policy';
  }
  return isPlanned && consent === 'nobody to ask' ? 'plan_id' : null;
}

/** What waits for approval, bound to exactly what was shown: the arguments, the tasks and the requests to Azure. */
export const ApprovalPlan = z.strictObject({
  id: z.string(),
  createdAt: z.number(),
  tool: z.enum(['start_capture', 'stop_capture']),
  arguments: z.record(z.string(), z.unknown()),
  /** Ids of the tasks that are made or thrown away, in the order of the targets. */
  taskIds: z.array(z.string()),
  requests: z.array(CaptureRequest),
});
export type ApprovalPlan = z.infer<typeof ApprovalPlan>;

/** Thrown to the server where the person behind the client has to be asked before the call may go on. */
export class ApprovalNeeded extends Error {
  override name = 'ApprovalNeeded';
  readonly planId: string;
  /** All that is approved, one fact a line. */
  readonly question: string;
  constructor(planId: string, question: string) {
    super('a person has to approve this first');
    this.planId = planId;
    this.question = question;
  }
}

/** Throws where the plan may not be carried out now, with these arguments; it may still be used up. */
export function mustBeValid(
  plan: ApprovalPlan,
  asked: Pick<ApprovalPlan, 'tool' | 'arguments'>,
  now: number,
): void {
  if (plan.tool !== asked.tool) {
    throw planChanged(`it belongs to ${plan.tool}`);
  }
  const names = new Set([...Object.keys(plan.arguments), ...Object.keys(asked.arguments)]);
  const differing = [...names].filter((name) => !sameJson(plan.arguments[name], asked.arguments[name]));
  if (differing.length > 0) {
    throw planChanged(`these arguments differ from what was shown: ${differing.toSorted().join(', ')}`);
  }
  if (now < plan.createdAt || now >= plan.createdAt + PLAN_LIFE_MS) {
    throw new CapwrightError(
      'PLAN_EXPIRED',
      `This plan is older than ${PLAN_LIFE_MS / 60_000} minutes; nothing was done.`,
      `Call ${plan.tool} without plan_id for a new one.`,
    );
  }
}

/** Throws PLAN_CHANGED where Azure would be sent something else than what was shown. */
export function mustBeAsShown(plan: ApprovalPlan, requests: readonly CaptureRequest[]): void {
  if (!sameJson(plan.requests, requests)) {
    throw planChanged('what it would send to Azure is not what was shown any more');
  }
}

/** Throws PLAN_USED: a plan is good for one time. */
export function planUsed({ tool, taskIds }: Pick<ApprovalPlan, 'tool' | 'taskIds'>): CapwrightError {
  const [first = ''] = taskIds;
  return new CapwrightError(
    'PLAN_USED',
    'This plan was carried out before; nothing was done this time.',
    `Call check_task with task_id "${first}", or ${tool} without plan_id for a new plan.`,
  );
}

export function unknownPlan(tool: string): CapwrightError {
  return new CapwrightError(
    'UNKNOWN_PLAN',
    `There is no plan of ${tool} with this id; nothing was done.`,
    `Call ${tool} without plan_id for a new one, on a server with the same state directory.`,
  );
}

function planChanged(why: string): CapwrightError {
  return new CapwrightError(
    'PLAN_CHANGED',
    `This plan was approved for something else: ${why}. Nothing was done.`,
    'Call again with exactly the arguments that were shown, or without plan_id for a new plan.',
  );
}

/** Whether two values are the same JSON, whatever the order of their keys. */
function sameJson(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? 'undefined'
  );
}
