import { ApprovalNeeded } from '../domain/approval.ts';
import { cleanupQuestion } from '../domain/approval-question.ts';
import type { Log, TaskStore } from '../ports.ts';
import type { Approvals } from './approvals.ts';
import type { Guardrails } from './guardrails.ts';
import type { UseCases } from './use-cases.ts';

export interface ApproveCleanupDeps {
  cleanup: UseCases['cleanupOrphans'];
  approvals: Approvals;
  guardrails: Pick<Guardrails, 'checkChange'>;
  store: Pick<TaskStore, 'loadPlan'>;
  log: Log;
}

/**
 * A cleanup is planned in one call and carried out in a second: where nobody can be asked, the plan that came back is
 * the approval. Where the caller's person can be asked, they are, item by item.
 */
export function createApprovedCleanup(deps: ApproveCleanupDeps): UseCases['cleanupOrphans'] {
  return async (input, call) => {
    const plan = input.plan_id === undefined ? null : await deps.store.loadPlan(input.plan_id);
    if (plan === null) {
      return deps.cleanup(input, call);
    }
    deps.guardrails.checkChange();
    const approvedBy = deps.approvals.approver('destroy', { isPlanned: true }, call);
    if (approvedBy === null) {
      throw new ApprovalNeeded(plan.id, cleanupQuestion(plan.items));
    }
    deps.log('info', 'cleanup approved', { plan: plan.id, approvedBy });
    return { ...(await deps.cleanup(input, call)), approved_by: approvedBy };
  };
}
