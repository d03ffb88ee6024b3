import { planUsed } from '../domain/approval.ts';
import { discardQuestion } from '../domain/approval-question.ts';
import { isTerminal } from '../domain/task.ts';
import type { StopView, TaskView } from '../domain/views.ts';
import type { TaskStore } from '../ports.ts';
import type { Approvals } from './approvals.ts';
import { findTask } from './find-task.ts';
import type { StopTask } from './stop-capture.ts';
import type { ViewTask } from './task-view.ts';
import type { UseCases } from './use-cases.ts';

export interface ApproveStopDeps {
  stop: StopTask;
  approvals: Approvals;
  store: TaskStore;
  viewTask: ViewTask;
}

/** Stops at once what is kept; what would be thrown away waits for an approval where the policy wants one. */
export function createApprovedStop(deps: ApproveStopDeps): UseCases['stopCapture'] {
  const { stop, approvals, store } = deps;
  return async ({ plan_id: planId, ...input }, call) => {
    const { task } = await findTask(store, input.task_id);
    if (!input.discard || isTerminal(task)) {
      return settled(await stop(input, call));
    }
    const asked = { tool: 'stop_capture', arguments: { task_id: task.id, discard: true } } as const;
    const plan = await approvals.open(planId, asked);
    const approvedBy = approvals.approver('destroy', { isPlanned: plan !== null }, call);
    if (approvedBy === null) {
      const planned = { ...asked, taskIds: [task.id], requests: [] };
      const approval = await approvals.ask(planned, discardQuestion(task), call, plan);
      return waiting(await deps.viewTask(task), approval);
    }
    if (plan !== null && !(await store.useApproval(plan.id))) {
      throw planUsed(plan);
    }
    return settled(await stop(input, call, approvedBy));
  };
}

function settled({ analysis, ...view }: TaskView): StopView {
  const next =
    analysis === null ? view.next : `Call check_task with task_id "${view.task_id}" for its report.`;
  return { ...view, next, approval: null };
}

function waiting(
  { analysis: _none, ...view }: TaskView,
  approval: NonNullable<StopView['approval']>,
): StopView {
  return {
    ...view,
    status: 'approval_required',
    approval,
    next: `Nothing was stopped or discarded. Show approval.question to the user; if they agree, call stop_capture with the same arguments and plan_id "${approval.plan_id}".`,
  };
}
