import { setTimeout as pause } from 'node:timers/promises';
import type { UseCases } from '../../src/capture/use-cases.ts';
import { ApprovalNeeded } from '../../src/domain/approval.ts';
import { CapwrightError } from '../../src/domain/errors.ts';
import type { StartRequest } from '../../src/domain/start-arguments.ts';
import type {
  AnalysisView,
  AnalyzeView,
  CleanupView,
  StartView,
  StopView,
  TaskListView,
  TaskView,
} from '../../src/domain/views.ts';
import type { CallContext } from '../../src/ports.ts';

/** What a fake use-case lived through, in order. */
export interface FakeEvent {
  kind: 'called' | 'aborted';
  useCase: keyof UseCases;
  input: unknown;
}

/** Inputs that make a fake use-case behave in a certain way; everything else succeeds. */
export const SCENARIO = {
  /** start_capture target: throws VM_NOT_FOUND. */
  missingVm: 'missing-vm',
  /** start_capture target: throws an error that nobody foresaw, with a secret in it. */
  buggyVm: 'buggy-vm',
  /** start_capture target: waits for an approval of plan-1. */
  approvedVm: 'approved-vm',
  /** check_task task_id: ended, with an analysis. */
  done: 'task-done',
  /** check_task task_id: reports progress once and waits until it is aborted. */
  endless: 'task-endless',
  /** check_task task_id: answers with something that is no TaskView. */
  malformed: 'task-malformed',
} as const;

/** A call that is aborted has things to put away before it answers. */
const WIND_UP_MS = 50;

export const SECRET = 'secret path /etc/shadow';

/** Use-cases without a cloud, a sandbox or a disk. `onEvent` hears every call and every abort. */
export function createFakeUseCases(onEvent: (event: FakeEvent) => void = () => undefined): UseCases {
  const called = (useCase: keyof UseCases, input: unknown) => onEvent({ kind: 'called', useCase, input });

  return {
    async startCapture(input, call) {
      called('startCapture', input);
      if (input.target === SCENARIO.missingVm) {
        throw new CapwrightError('VM_NOT_FOUND', 'There is no such VM.', 'Check target and resource_group.');
      }
      if (input.target === SCENARIO.buggyVm) throw new Error(SECRET);
      if (input.target === SCENARIO.approvedVm) return approvedStart(input, call);
      return startView(input);
    },
    async planCapture(input) {
      called('planCapture', input);
      return dryRunView();
    },
    async checkTask(input, call) {
      called('checkTask', input);
      if (input.task_id === SCENARIO.done) return completedTaskView();
      if (input.task_id === SCENARIO.malformed) {
        return Object.assign(taskView({ task_id: input.task_id }), { [SECRET]: true });
      }
      if (input.task_id === SCENARIO.endless) {
        call.progress({ fraction: 0.2, message: 'capturing' });
        await aborted(call);
        onEvent({ kind: 'aborted', useCase: 'checkTask', input });
        await pause(WIND_UP_MS);
        throw new CapwrightError('CANCELLED', 'The wait was cancelled.', 'Call check_task again.');
      }
      return taskView({ task_id: input.task_id });
    },
    async stopCapture(input) {
      called('stopCapture', input);
      return stopView({ task_id: input.task_id, state: 'downloading', capture_status: 'Stopped' });
    },
    async listTasks(input) {
      called('listTasks', input);
      return taskListView();
    },
    async analyzePcap(input) {
      called('analyzePcap', input);
      return analyzeView();
    },
    async cleanupOrphans(input) {
      called('cleanupOrphans', input);
      return cleanupView({ applied: input.plan_id !== undefined });
    },
  };
}

export function taskView(overrides: Partial<TaskView> = {}): TaskView {
  return {
    status: 'task_pending',
    task_id: 'task-1',
    state: 'capturing',
    session_id: 'session-1',
    target: '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web-1',
    location: 'westeurope',
    capture_name: 'capwright-1',
    duration_seconds: 60,
    blob_url: 'https://account.blob.core.windows.net/captures/web-1.cap',
    provisioning_state: 'Succeeded',
    capture_status: 'Running',
    stop_reason: null,
    progress: 0.4,
    eta_seconds: 42,
    next_check_seconds: 20,
    cleaned_up: false,
    capture_path: null,
    files: [],
    files_total: 0,
    missing_instances: [],
    blob_kept: true,
    problem: null,
    paired_task_ids: [],
    analysis: null,
    next: 'Call check_task with task_id "task-1" in 20 seconds.',
    ...overrides,
  };
}

export const QUESTION =
  'Start this packet capture in Azure?\nPUT https://management.azure.com/subscriptions/s';

/** The answer to a start, or that it waits for an approval, as the real use-case gives it. */
function approvedStart(input: StartRequest, call: CallContext): StartView {
  const { plan_id: planId } = input;
  if (planId !== undefined && planId !== 'plan-1') {
    throw new CapwrightError('UNKNOWN_PLAN', 'There is no such plan.', 'Call start_capture without plan_id.');
  }
  if (call.consent === 'can be asked') throw new ApprovalNeeded('plan-1', QUESTION);
  if (planId !== undefined) return startView(input);
  const approval = { plan_id: 'plan-1', expires_at: '2026-01-01T00:15:00.000Z', question: QUESTION };
  return { ...dryRunView(), status: 'approval_required', approval };
}

export function startView({
  duration_seconds = 60,
}: { duration_seconds?: number | undefined } = {}): StartView {
  return { ...taskView({ duration_seconds }), tasks: [], plan: null, approval: null };
}

export function stopView(overrides: Partial<TaskView> = {}): StopView {
  const { analysis: _none, ...view } = taskView(overrides);
  return { ...view, approval: null };
}

export function dryRunView(): StartView {
  return {
    ...taskView({ state: 'dry_run', progress: 0, cleaned_up: true, next: 'Call start_capture.' }),
    status: 'dry_run',
    task_id: null,
    tasks: [],
    approval: null,
    plan: {
      paired: [],
      checks: [{ name: 'power', detail: 'running' }],
      request: {
        method: 'PUT',
        url: 'https://management.azure.com/subscriptions/s',
        body: {
          properties: {
            target: 'vm',
            targetType: 'AzureVM',
            timeLimitInSeconds: 60,
            totalBytesPerSession: 1,
            bytesToCapturePerPacket: 0,
            storageLocation: { storageId: 'account' },
            filters: [],
          },
        },
      },
    },
  };
}

export function taskListView(): TaskListView {
  const { status, task_id, state, session_id, target, duration_seconds, cleaned_up, paired_task_ids } =
    taskView();
  const created_at = '2026-01-01T00:00:00.000Z';
  const task = {
    status,
    task_id,
    state,
    session_id,
    target,
    duration_seconds,
    cleaned_up,
    paired_task_ids,
    created_at,
    report_path: null,
  };
  return {
    tasks: [task],
    next_cursor: 'WzEsInQiXQ',
    next: 'Call list_tasks again with cursor "WzEsInQiXQ".',
  };
}

export function completedTaskView(): TaskView {
  return taskView({
    status: 'task_completed',
    task_id: SCENARIO.done,
    state: 'completed',
    progress: 1,
    eta_seconds: null,
    next_check_seconds: null,
    cleaned_up: true,
    capture_path: '/state/captures/task-done.cap',
    analysis: analysisView(),
    next: 'Read analysis.report.',
  });
}

export function analyzeView(): AnalyzeView {
  return {
    analysis_id: 'analysis-1',
    source: 'captures/mixed.cap',
    analysis: analysisView(),
    next: 'Read analysis.report.',
  };
}

export function analysisView(): AnalysisView {
  return {
    capture: {
      sha256: '0'.repeat(64),
      bytes: 4096,
      packets: 32,
      duration_seconds: 1.5,
      first_packet_at: '2026-11-22T12:00:00.000Z',
      damaged: null,
    },
    findings: [
      {
        id: 'F1',
        kind: 'port_scan',
        title: 'Port scan of 10.0.0.5',
        severity: 'high',
        actor: ['10.0.0.9'],
        target: ['10.0.0.5'],
        ports: [22, 80],
        count: 100,
        frames: [3, 4, 5, 6, 7, 8],
        filter: 'ip.src == 10.0.0.9 && tcp.flags.syn == 1',
        explanation: 'One host tried 100 ports of another within a second.',
        evidence: 'confirmed',
        instance: null,
      },
    ],
    findings_total: 1,
    instances: [],
    instances_total: 0,
    planner: 'playbook',
    reporter: 'built-in',
    attempts: 1,
    script_succeeded: true,
    note: null,
    verification: { claims: 0, confirmed: 0, struck: 0 },
    model_usage: null,
    sandbox: 'Docker',
    partial: null,
    report: '# Executive Summary\n\nA port scan.',
    report_path: '/state/reports/task-done/report.md',
    html_path: '/state/reports/task-done/report.html',
    analysis_path: '/state/reports/task-done/analysis.json',
  };
}

export function cleanupView(overrides: Partial<CleanupView> = {}): CleanupView {
  return {
    applied: false,
    plan_id: 'plan-1',
    items: [
      {
        kind: 'container',
        name: 'capwright-sandbox-1',
        reason: 'its server is gone',
        age_seconds: 90,
        action: 'delete',
        outcome: 'planned',
      },
    ],
    searched: ['Azure subscription s', 'Docker'],
    next: 'Call cleanup_orphans with plan_id "plan-1" once the user agrees.',
    ...overrides,
  };
}

function aborted({ signal }: CallContext): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
