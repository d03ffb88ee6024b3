import { CapwrightError } from '../domain/errors.ts';
import type { Task } from '../domain/task.ts';
import type { ApprovalView, StartView } from '../domain/views.ts';
import type { Prepared } from './prepare-capture.ts';
import type { ViewTask } from './task-view.ts';

/** Tasks that were started, in the order of their targets. */
export async function viewStarted(tasks: readonly Task[], viewTask: ViewTask): Promise<StartView> {
  const [first] = atLeastOne(tasks);
  const view = await viewTask(first);
  const isOne = tasks.length === 1;
  return {
    ...view,
    tasks: isOne ? [] : tasks.map(({ id, plan }) => ({ task_id: id, target: plan.vmId })),
    plan: null,
    approval: null,
    next: isOne
      ? view.next
      : `Call check_task for each task by itself: ${tasks.map(({ id }) => `"${id}"`).join(', ')}. If one fails the others go on.`,
  };
}

export interface Unstarted {
  sessionId: string;
  prepared: readonly Prepared[];
  /** What the policy says of it. */
  policy: string;
  /** null for a dry run. */
  approval: ApprovalView | null;
  next: string;
}

/** Captures that were checked, and that nobody started yet. */
export function viewUnstarted({ sessionId, prepared, policy, approval, next }: Unstarted): StartView {
  const [first, ...others] = atLeastOne(prepared);
  const { plan, request } = first.found;
  const status = approval === null ? 'dry_run' : 'approval_required';
  return {
    status,
    task_id: null,
    state: status,
    session_id: sessionId,
    target: plan.vmId,
    location: plan.location,
    capture_name: plan.captureName,
    duration_seconds: plan.durationSeconds,
    blob_url: plan.storagePath || null,
    provisioning_state: null,
    capture_status: null,
    stop_reason: null,
    progress: 0,
    eta_seconds: null,
    next_check_seconds: null,
    cleaned_up: true,
    capture_path: null,
    files: [],
    files_total: 0,
    missing_instances: [],
    blob_kept: !first.deleteBlobs,
    problem: null,
    paired_task_ids: [],
    analysis: null,
    tasks: [],
    plan: {
      checks: [...checksOf(prepared), { name: 'policy', detail: policy }],
      request,
      paired: others.map(({ found }) => JSON.stringify(found.request)),
    },
    approval,
    next,
  };
}

/** Of several targets each check is named with its machine. */
function checksOf(prepared: readonly Prepared[]): { name: string; detail: string }[] {
  return prepared.flatMap(({ found: { checks, plan } }) =>
    checks.map(({ name, detail }) => ({
      name: prepared.length === 1 ? name : `${plan.vmName}: ${name}`,
      detail,
    })),
  );
}

/** Every call has a target, and every target a task. */
function atLeastOne<T>(list: readonly T[]): [T, ...T[]] {
  const [first, ...others] = list;
  if (first === undefined) {
    throw new CapwrightError('INTERNAL', 'A start without any target got this far.', 'Report it.');
  }
  return [first, ...others];
}
