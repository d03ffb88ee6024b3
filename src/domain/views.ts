import { z } from 'zod';
import { ApprovedBy } from './approval.ts';
import { CaptureRequest, PreflightCheck } from './capture-request.ts';
import { Finding } from './finding.ts';

/** What callers are told; the tools publish these as their output schemas. */
export const STATUSES = [
  'task_pending',
  'task_completed',
  'task_failed',
  'task_cancelled',
  'task_timed_out',
] as const;

export const FailureView = z.strictObject({
  code: z.string(),
  message: z.string().describe('What happened.'),
  turn: z.string().describe('Who has to act: caller, operator, provider or capwright.'),
  next: z.string().describe('The call or command that helps.'),
});

/** A finding as an agent needs it; the full one is in the analysis file. */
export const FindingView = Finding.pick({
  id: true,
  title: true,
  severity: true,
  actor: true,
  target: true,
  ports: true,
  count: true,
  frames: true,
  filter: true,
  explanation: true,
}).extend({
  kind: z.string(),
  /** What came of running the filter again: confirmed, mismatch or not checked. */
  evidence: z.string(),
  instance: z.string().nullable().describe('Of a scale set: whose frames.'),
});

export const CaptureSummary = z.strictObject({
  sha256: z.string().describe('Empty for several files.'),
  bytes: z.number().int(),
  packets: z.number().int(),
  duration_seconds: z.number(),
  first_packet_at: z.string().nullable(),
  damaged: z.string().nullable(),
});

/** One machine of a scale set, or one of several files that could not be put together. */
const InstanceView = z.strictObject({
  instance_id: z.string().nullable(),
  name: z.string(),
  sha256: z.string().nullable(),
  packets: z.number().int(),
  findings_total: z.number().int(),
  problem: z.string().nullable(),
  report_path: z.string().nullable(),
});

const Claims = z.strictObject({
  claims: z.number().int(),
  confirmed: z.number().int(),
  struck: z.number().int(),
});

export const AnalysisView = z.strictObject({
  capture: CaptureSummary,
  findings: z.array(FindingView).describe('Most severe first, at most 25.'),
  findings_total: z.number().int(),
  instances: z.array(InstanceView).describe('Each of a scale set, at most 100; else empty.'),
  instances_total: z.number().int(),
  planner: z.string(),
  reporter: z.string(),
  attempts: z.number().int(),
  script_succeeded: z.boolean(),
  note: z.string().nullable().describe('Why a built-in part stood in.'),
  verification: Claims.describe("A model's claims; struck ones are out of the report."),
  model_usage: z.string().nullable(),
  sandbox: z.string(),
  partial: z.string().nullable().describe('What was not looked at.'),
  report: z.string().describe('Markdown; cut at 20,000 characters, whole in report_path.'),
  report_path: z.string(),
  html_path: z.string().nullable().describe('With plots.'),
  analysis_path: z.string().describe('All of it as JSON.'),
});
export type AnalysisView = z.infer<typeof AnalysisView>;

export const TaskView = z.strictObject({
  status: z.enum(STATUSES),
  task_id: z.string(),
  state: z
    .string()
    .describe(
      'requested, provisioning, capturing, stopping, downloading, cleaning, analyzing, completed, failed, cancelled or timed_out.',
    ),
  session_id: z.string(),
  target: z.string().describe('Full ARM id of the VM.'),
  location: z.string(),
  capture_name: z.string(),
  duration_seconds: z.number().int(),
  blob_url: z.string().nullable(),
  provisioning_state: z.string().nullable().describe("Azure's word for the capture resource."),
  capture_status: z.string().nullable().describe("Azure's word for the session."),
  stop_reason: z.string().nullable(),
  progress: z.number().min(0).max(1).describe('Share of the whole task that is done.'),
  eta_seconds: z.number().int().nullable().describe('Until the report, as far as that can be known.'),
  next_check_seconds: z.number().int().nullable().describe('When check_task is worth calling again.'),
  cleaned_up: z.boolean().describe('Whether nothing of this task is left in Azure but the blob.'),
  capture_path: z
    .string()
    .nullable()
    .describe('The downloaded capture on the server; of several, the first.'),
  files: z
    .array(
      z.strictObject({
        path: z.string(),
        bytes: z.number().int(),
        sha256: z.string(),
        instance: z.string().nullable().describe('Of a scale set: the machine that it is from.'),
      }),
    )
    .describe('What was downloaded; of more than 50 the first 50.'),
  files_total: z.number().int(),
  missing_instances: z.array(z.string()).describe('Of a scale set: those that delivered no file.'),
  blob_kept: z
    .boolean()
    .nullable()
    .describe('Whether the capture stays in the storage account after the task; null: not known.'),
  problem: FailureView.nullable().describe('What ended the task, or what it is waiting for.'),
  paired_task_ids: z.array(z.string()).describe('Tasks that the same call started.'),
  analysis: AnalysisView.nullable(),
  next: z.string().describe('What to do now.'),
});
export type TaskView = z.infer<typeof TaskView>;

/** What waits for a yes where the client can't ask its user: the same call with `plan_id` is the yes. */
export const ApprovalView = z.strictObject({
  plan_id: z.string().describe('Good once, for the same arguments.'),
  expires_at: z.string(),
  question: z.string().describe('All that would be done: show it to the user.'),
});
export type ApprovalView = z.infer<typeof ApprovalView>;

const approval = ApprovalView.nullable().describe('Only with approval_required: nothing was done yet.');

/** A started task, or what starting one would come to. Of several targets it is the first one's. */
export const StartView = TaskView.extend({
  status: z.enum([...STATUSES, 'dry_run', 'approval_required']),
  task_id: z.string().nullable().describe('null as long as nothing was started.'),
  tasks: z
    .array(z.strictObject({ task_id: z.string(), target: z.string() }))
    .describe('Of several targets: the task of each.'),
  plan: z
    .strictObject({
      checks: z.array(PreflightCheck).describe('What was looked at and found good.'),
      request: CaptureRequest.describe('What would be sent to Azure.'),
      paired: z.array(z.string()).describe('Of several targets: the requests of the others, as JSON.'),
    })
    .nullable()
    .describe('Only as long as nothing was started.'),
  approval,
});
export type StartView = z.infer<typeof StartView>;

/** A task that is being stopped; its analysis is for check_task to bring. */
export const StopView = TaskView.omit({ analysis: true }).extend({
  status: z.enum([...STATUSES, 'approval_required']),
  approval,
});
export type StopView = z.infer<typeof StopView>;

export const AnalyzeView = z.strictObject({
  analysis_id: z.string().describe('Its results: capwright://tasks/ID.'),
  source: z.string(),
  analysis: AnalysisView,
  next: z.string(),
});
export type AnalyzeView = z.infer<typeof AnalyzeView>;

/** A task in a list; check_task tells the rest. */
export const TaskSummary = TaskView.pick({
  status: true,
  task_id: true,
  state: true,
  session_id: true,
  target: true,
  duration_seconds: true,
  cleaned_up: true,
  paired_task_ids: true,
}).extend({
  created_at: z.string().describe('ISO 8601, UTC.'),
  report_path: z.string().nullable(),
});

export const TaskListView = z.strictObject({
  tasks: z.array(TaskSummary).describe('Newest first.'),
  next_cursor: z.string().nullable().describe('Pass it as cursor for the next page; null on the last.'),
  next: z.string(),
});
export type TaskListView = z.infer<typeof TaskListView>;

export const OrphanItem = z.strictObject({
  kind: z.enum(['azure_capture', 'foreign_capture', 'task', 'container', 'temporary_file']),
  name: z.string(),
  reason: z.string(),
  age_seconds: z.number().int().nullable(),
  action: z.enum(['delete', 'resume', 'keep']),
  outcome: z
    .enum(['planned', 'done', 'skipped', 'failed'])
    .describe('planned until a plan is applied; skipped where it changed since.'),
});
export type OrphanItem = z.infer<typeof OrphanItem>;

/** An item of a stored plan; `mark` tells whether the thing is still the one that was shown. */
export const PlannedItem = OrphanItem.extend({ mark: z.string().optional() });
export type PlannedItem = z.infer<typeof PlannedItem>;

export const CleanupView = z.strictObject({
  applied: z.boolean(),
  plan_id: z.string().nullable().describe('Pass it to cleanup_orphans to carry the plan out.'),
  approved_by: ApprovedBy.optional().describe('elicitation: a person; plan_id: only the second call.'),
  items: z.array(OrphanItem),
  searched: z.array(z.string()).describe('Where was looked, and where that was impossible.'),
  next: z.string(),
});
export type CleanupView = z.infer<typeof CleanupView>;
