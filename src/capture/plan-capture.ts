import { eachTarget } from '../domain/start-arguments.ts';
import type { Guardrails } from './guardrails.ts';
import { prepareAll } from './prepare-all.ts';
import type { PrepareCapture } from './prepare-capture.ts';
import { viewUnstarted } from './start-view.ts';
import type { UseCases } from './use-cases.ts';

export interface PlanCaptureDeps {
  prepare: PrepareCapture;
  guardrails: Guardrails;
  /** Used where the caller names no session. */
  sessionId: string;
}

/** A dry run of startCapture: the same checks and refusals, and the requests that would go out. It creates nothing. */
export function createPlanCapture(deps: PlanCaptureDeps): UseCases['planCapture'] {
  return async (request, call) =>
    viewUnstarted({
      sessionId: request.session_id ?? deps.sessionId,
      prepared: await prepareAll(deps, eachTarget(request), { purpose: 'dry run', plannedIds: null }, call),
      policy: deps.guardrails.describe(),
      approval: null,
      next: 'Nothing was created. Call start_capture with the same arguments and without dry_run; the capture then gets a name of its own.',
    });
}
