import type {
  AnalysisView,
  AnalyzeView,
  ApprovalView,
  CleanupView,
  OrphanItem,
  StartView,
  StopView,
  TaskListView,
  TaskView,
} from '../src/domain/views.ts';

type FindingView = AnalysisView['findings'][number];
type InstanceView = AnalysisView['instances'][number];

/** A finding's first frames suffice to look at it; the structured content has up to 20. */
const SHOWN_FRAMES = 5;

/** A task in a few lines: where it stands, what went wrong, what was found, what to do now. */
export function summarizeTask(task: TaskView): string[] {
  return summarize(task, task.analysis);
}

/** The same without the analysis, which only check_task brings. */
export function summarizeStop(task: StopView): string[] {
  return task.approval === null ? summarize(task, null) : summarizeApproval(task.approval, task.next);
}

type Shown = Omit<StartView | StopView, 'plan' | 'approval' | 'tasks' | 'analysis'>;

function summarize(task: Shown, analysis: AnalysisView | null): string[] {
  return [
    `${task.status}: ${task.state}${inAzure(task)}, ${Math.round(task.progress * 100)} % done${timeLeft(task)}`,
    `task_id: ${task.task_id}`,
    ...(task.paired_task_ids.length === 0 ? [] : [`paired_task_ids: ${task.paired_task_ids.join(', ')}`]),
    ...(task.problem === null
      ? []
      : [`problem: ${task.problem.code}: ${task.problem.message} (turn: ${task.problem.turn})`]),
    ...(task.capture_path === null ? [] : [`capture_path: ${task.capture_path}`]),
    ...(analysis === null ? [] : summarizeAnalysis(analysis)),
    `next: ${task.next}`,
  ];
}

/** Of what was not started the whole of each request is shown: it is there to be judged. */
export function summarizeStart(view: StartView): string[] {
  if (view.approval !== null) {
    return summarizeApproval(view.approval, view.next);
  }
  if (view.plan === null) {
    return [
      ...summarize(view, view.analysis),
      ...view.tasks.map(({ task_id, target }) => `${target}: task_id ${task_id}`),
    ];
  }
  const { checks, request, paired } = view.plan;
  return [
    `dry_run: ${checks.length} checks passed, nothing was created`,
    ...checks.map(({ name, detail }) => `${name}: ${detail}`),
    `${request.method} ${request.url}`,
    JSON.stringify(request.body),
    ...paired,
    `next: ${view.next}`,
  ];
}

function summarizeApproval({ plan_id, expires_at, question }: ApprovalView, next: string): string[] {
  return [
    'approval_required: nothing was done yet',
    `plan_id: ${plan_id}, good once and until ${expires_at}`,
    ...question.split('\n'),
    `next: ${next}`,
  ];
}

export function summarizeTaskList(view: TaskListView): string[] {
  return [
    `${view.tasks.length} tasks`,
    ...view.tasks.map(
      (task) =>
        `${task.created_at} ${task.task_id} ${task.status} (${task.state}) ${task.target.split('/').at(-1)}`,
    ),
    `next: ${view.next}`,
  ];
}

export function summarizeAnalyze(view: AnalyzeView): string[] {
  return [
    `source: ${view.source}`,
    ...summarizeAnalysis(view.analysis),
    `analysis_id: ${view.analysis_id}`,
    `next: ${view.next}`,
  ];
}

export function summarizeCleanup(view: CleanupView): string[] {
  return [
    view.applied
      ? `Plan carried out${approver(view)}.`
      : `Nothing deleted yet; ${view.items.length} leftovers found.`,
    ...(view.plan_id === null ? [] : [`plan_id: ${view.plan_id}`]),
    ...view.items.map(summarizeItem),
    `searched: ${view.searched.join('; ')}`,
    `next: ${view.next}`,
  ];
}

function summarizeItem({ outcome, action, kind, name, reason, age_seconds: age }: OrphanItem): string {
  return `${outcome} ${action} ${kind} ${name}: ${reason}${age === null ? '' : `, ${age} s old`}`;
}

function approver({ approved_by: by }: CleanupView): string {
  return by === undefined ? '' : `, approved by ${by}`;
}

function summarizeAnalysis(analysis: AnalysisView): string[] {
  const { capture } = analysis;
  return [
    ...(analysis.partial === null ? [] : [`PARTIAL: ${analysis.partial}`]),
    `capture: ${capture.packets} packets, ${capture.bytes} bytes, ${capture.duration_seconds} s${capture.sha256 === '' ? '' : `, sha256 ${capture.sha256}`}`,
    ...analysis.instances.map(summarizeInstance),
    ...(capture.damaged === null ? [] : [`damaged: ${capture.damaged}`]),
    `findings: ${analysis.findings.length} of ${analysis.findings_total} shown`,
    ...analysis.findings.map(summarizeFinding),
    ...(analysis.note === null ? [] : [`note: ${analysis.note}`]),
    ...summarizeClaims(analysis.verification),
    ...(analysis.model_usage === null ? [] : [`model: ${analysis.model_usage}`]),
    `sandbox: ${analysis.sandbox}`,
    `report_path: ${analysis.report_path}`,
    ...(analysis.html_path === null ? [] : [`html_path: ${analysis.html_path}`]),
  ];
}

/** Nothing where no model wrote. */
function summarizeClaims({ claims, confirmed, struck }: AnalysisView['verification']): string[] {
  return claims === 0
    ? []
    : [`claims of the model: ${claims} checked, ${confirmed} confirmed, ${struck} struck from the report`];
}

function summarizeInstance({ name, packets, findings_total, problem, report_path }: InstanceView): string {
  return problem === null
    ? `${name}: ${packets} packets, ${findings_total} findings, report ${report_path}`
    : `${name}: NOT ANALYSED: ${problem}`;
}

function summarizeFinding(finding: FindingView): string {
  const frames = finding.frames.slice(0, SHOWN_FRAMES).join(', ');
  const parties = `${finding.actor.join(', ') || '?'} -> ${finding.target.join(', ') || '?'}`;
  const where = finding.instance === null ? '' : ` at ${finding.instance}`;
  return `${finding.id} [${finding.severity}] ${finding.title}${where} (${finding.kind}, ${parties}, frames ${frames || 'none'}, filter ${finding.filter})`;
}

function inAzure(task: Pick<TaskView, 'provisioning_state' | 'capture_status'>): string {
  const words = [task.provisioning_state, task.capture_status].filter((word) => word !== null);
  return words.length === 0 ? '' : ` (Azure: ${words.join(', ')})`;
}

function timeLeft(task: Pick<TaskView, 'eta_seconds'>): string {
  return task.eta_seconds === null ? '' : `, about ${task.eta_seconds} s left`;
}
