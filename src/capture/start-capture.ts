import { mustBeAsShown, type ApprovalPlan } from '../domain/approval.ts';
import { startQuestion } from '../domain/approval-question.ts';
import { eachTarget, type StartRequest } from '../domain/start-arguments.ts';
import type { Task } from '../domain/task.ts';
import type { StartView } from '../domain/views.ts';
import type { CallContext, Clock, TaskStore } from '../ports.ts';
import type { Approvals } from './approvals.ts';
import type { Driver } from './driver.ts';
import { findTask } from './find-task.ts';
import type { Guardrails } from './guardrails.ts';
import { mustBeSameRequest, newTasks } from './new-task.ts';
import { prepareAll } from './prepare-all.ts';
import type { PrepareCapture, Prepared } from './prepare-capture.ts';
import { viewStarted, viewUnstarted } from './start-view.ts';
import type { ViewTask } from './task-view.ts';
import type { UseCases } from './use-cases.ts';

export interface StartCaptureDeps {
  prepare: PrepareCapture;
  guardrails: Guardrails;
  approvals: Approvals;
  store: TaskStore;
  driver: Driver;
  viewTask: ViewTask;
  clock: Clock;
  /** Used where the caller names no session. */
  sessionId: string;
}

/**
 * Checks everything that can be checked, waits for an approval where one is wanted, stores the tasks of all targets
 * together, and only then lets anything happen in Azure: for all of them at once.
 */
export function createStartCapture(deps: StartCaptureDeps): UseCases['startCapture'] {
  const { guardrails, approvals, store, driver, viewTask } = deps;
  return async (request, call) => {
    const inputs = eachTarget(request);
    const earlier = await tasksOf(store, request.request_id);
    if (earlier !== null) {
      mustBeSameRequest(earlier, inputs);
      return viewStarted(earlier, viewTask);
    }
    const { plan_id: planId, ...asked } = request;
    const approval = await approvals.open(planId, { tool: 'start_capture', arguments: asked });
    const prepared = await prepareAll(
      deps,
      inputs,
      { purpose: 'start', plannedIds: approval?.taskIds ?? null },
      call,
    );
    if (approval !== null) {
      mustBeAsShown(approval, requestsOf(prepared));
    }
    const approvedBy = approvals.approver('start', { isPlanned: approval !== null }, call);
    if (approvedBy === null) {
      return askFirst(deps, { request: asked, prepared, earlier: approval }, call);
    }
    const { sessionId, clock } = deps;
    const tasks = newTasks(inputs, prepared, { now: clock.now(), sessionId, approvedBy });
    const admission = await guardrails.admission(prepared.map(({ found }) => found));
    const stored = await store.createAll(tasks, { admission, planId });
    mustBeSameRequest(stored, inputs);
    stored.forEach(({ id }) => driver.nudge(id, { analyze: false }));
    return viewStarted(stored, viewTask);
  };
}

interface Asked {
  request: Omit<StartRequest, 'plan_id'>;
  prepared: Prepared[];
  earlier: ApprovalPlan | null;
}

async function askFirst(
  { approvals, guardrails, sessionId }: StartCaptureDeps,
  { request, prepared, earlier }: Asked,
  call: CallContext,
): Promise<StartView> {
  const approval = await approvals.ask(
    {
      tool: 'start_capture',
      arguments: request,
      taskIds: prepared.map(({ id }) => id),
      requests: requestsOf(prepared),
    },
    startQuestion(prepared),
    call,
    earlier,
  );
  return viewUnstarted({
    sessionId: request.session_id ?? sessionId,
    prepared,
    policy: guardrails.describe(),
    approval,
    next: `Nothing was created. Show approval.question to the user; if they agree, call start_capture with the same arguments and plan_id "${approval.plan_id}".`,
  });
}

function requestsOf(prepared: readonly Prepared[]) {
  return prepared.map(({ found }) => found.request);
}

/** The tasks that a call with this request id made, in the order of its targets; null where there was none. */
async function tasksOf(store: TaskStore, requestId: string | undefined): Promise<Task[] | null> {
  const row = requestId === undefined ? null : await store.byRequest(requestId);
  if (row === null) {
    return null;
  }
  const ids = row.task.group?.taskIds ?? [row.task.id];
  return Promise.all(ids.map(async (id) => (await findTask(store, id)).task));
}
