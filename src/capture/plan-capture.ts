import type { Guardrails } from './guardrails.ts';
import type { PrepareCapture } from './prepare-capture.ts';
import type { UseCases } from './use-cases.ts';

export interface PlanCaptureDeps {
  prepare: PrepareCapture;
  guardrails: Guardrails;
  /** Used where the caller names no session. */
  sessionId: string;
}

/** A dry run of startCapture: the same checks and refusals, and the request that would go out. It creates nothing. */
export function createPlanCapture({
  prepare,
  guardrails,
  sessionId,
}: PlanCaptureDeps): UseCases['planCapture'] {
  return async (input, call) => {
    const { plan, checks, request } = (await prepare(input, 'dry run', call)).found;
    return {
      status: 'dry_run',
      task_id: null,
      state: 'dry_run',
      session_id: input.session_id ?? sessionId,
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
      problem: null,
      analysis: null,
      plan: { checks: [...checks, { name: 'policy', detail: guardrails.describe() }], request },
      next: 'Nothing was created. Call start_capture with the same arguments and without dry_run; the capture then gets a name of its own.',
    };
  };
}
