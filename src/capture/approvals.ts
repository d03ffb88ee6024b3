import {
  ApprovalNeeded,
  approverOf,
  mustBeValid,
  PLAN_LIFE_MS,
  planUsed,
  unknownPlan,
  type Act,
  type ApprovalPlan,
  type ApprovedBy,
} from '../domain/approval.ts';
import type { Policy } from '../domain/policy.ts';
import type { ApprovalView } from '../domain/views.ts';
import type { CallContext, Clock, TaskStore } from '../ports.ts';

export interface ApprovalsDeps {
  policy: Policy;
  store: Pick<TaskStore, 'saveApproval' | 'loadApproval'>;
  clock: Clock;
  /** Unguessable; whoever brings the id back has seen the plan. */
  newPlanId: () => string;
}

export type Planned = Omit<ApprovalPlan, 'id' | 'createdAt'>;

/** The words of others that a change waits for. Plans lie in the state directory, so that any process on it can go on. */
export interface Approvals {
  /** Who approves the act now, or null while nobody does. */
  approver(act: Act, plan: { isPlanned: boolean }, call: CallContext): ApprovedBy | null;
  /**
   * Asks for an approval: throws ApprovalNeeded where the call's person can be asked, else gives what the caller has
   * to show and bring back. `earlier` is asked about again instead of a new plan.
   */
  ask(
    planned: Planned,
    question: string,
    call: CallContext,
    earlier: ApprovalPlan | null,
  ): Promise<ApprovalView>;
  /** A plan that may be carried out now with these arguments, or null for no id; throws what is against it. */
  open(id: string | undefined, asked: Pick<ApprovalPlan, 'tool' | 'arguments'>): Promise<ApprovalPlan | null>;
}

export function createApprovals({ policy, store, clock, newPlanId }: ApprovalsDeps): Approvals {
  return {
    approver: (act, { isPlanned }, call) =>
      approverOf(policy, act, { isPlanned, consent: call.consent ?? 'nobody to ask' }),
    ask: async (planned, question, call, earlier) => {
      const plan = earlier ?? { ...planned, id: newPlanId(), createdAt: clock.now() };
      if (earlier === null) {
        await store.saveApproval(plan);
      }
      if (call.consent === 'can be asked') {
        throw new ApprovalNeeded(plan.id, question);
      }
      const expires_at = new Date(plan.createdAt + PLAN_LIFE_MS).toISOString();
      return { plan_id: plan.id, expires_at, question };
    },
    open: async (id, asked) => {
      const stored = id === undefined ? null : await store.loadApproval(id);
      if (stored === null) {
        if (id !== undefined) {
          throw unknownPlan(asked.tool);
        }
        return null;
      }
      const { used, ...plan } = stored;
      mustBeValid(plan, asked, clock.now());
      if (used) {
        throw planUsed(plan);
      }
      return plan;
    },
  };
}
