import { describe, expect, it } from 'vitest';
import { summarizeAnalyze, summarizeCleanup, summarizeStart, summarizeTask } from '../../tools/summaries.ts';
import {
  analyzeView,
  cleanupView,
  completedTaskView,
  dryRunView,
  startView,
  taskView,
} from '../fakes/use-cases.ts';

describe('the text that mirrors an answer', () => {
  it('tells where a pending task stands and what to do', () => {
    expect(summarizeTask(taskView())).toEqual([
      'task_pending: capturing (Azure: Succeeded, Running), 40 % done, about 42 s left',
      'task_id: task-1',
      'next: Call check_task with task_id "task-1" in 20 seconds.',
    ]);
  });

  it('tells what ended a task and whose turn it is', () => {
    const failed = taskView({
      status: 'task_failed',
      state: 'failed',
      provisioning_state: null,
      capture_status: null,
      eta_seconds: null,
      problem: { code: 'AGENT_MISSING', message: 'No agent.', turn: 'operator', next: 'Install it.' },
    });

    expect(summarizeTask(failed)).toEqual([
      'task_failed: failed, 40 % done',
      'task_id: task-1',
      'problem: AGENT_MISSING: No agent. (turn: operator)',
      'next: Call check_task with task_id "task-1" in 20 seconds.',
    ]);
  });

  it('shows of a dry run what was found and the whole request', () => {
    const view = dryRunView();

    expect(summarizeStart(view)).toEqual([
      'dry_run: 1 checks passed, nothing was created',
      'power: running',
      'PUT https://management.azure.com/subscriptions/s',
      JSON.stringify(view.plan?.request.body),
      'next: Call start_capture.',
    ]);
    expect(summarizeStart(startView())).toEqual(summarizeTask(taskView()));
  });

  it('names every finding with its evidence', () => {
    const finding =
      'F1 [high] Port scan of 10.0.0.5 (port_scan, 10.0.0.9 -> 10.0.0.5, frames 3, 4, 5, 6, 7, filter ip.src == 10.0.0.9 && tcp.flags.syn == 1)';

    expect(summarizeTask(completedTaskView())).toContain(finding);
    expect(summarizeAnalyze(analyzeView())).toContain(finding);
  });

  it('says before anything else what a partial analysis lacks, and always which isolation it had', () => {
    const { analysis, ...view } = analyzeView();

    expect(summarizeAnalyze({ ...view, analysis })).toContain('sandbox: Docker');
    expect(summarizeAnalyze({ ...view, analysis: { ...analysis, partial: 'No tshark.' } })[1]).toBe(
      'PARTIAL: No tshark.',
    );
  });

  it('names each instance of a scale set, and whose a finding is', () => {
    const view = analyzeView();
    const [finding] = view.analysis.findings;
    const one = { instance_id: '0', sha256: 'a', packets: 5, findings_total: 1, report_path: '/r.md' };
    const lines = summarizeAnalyze({
      ...view,
      analysis: {
        ...view.analysis,
        capture: { ...view.analysis.capture, sha256: '' },
        findings: finding === undefined ? [] : [{ ...finding, id: '0/F1', instance: 'web_0' }],
        instances: [
          { ...one, name: 'web_0', problem: null },
          { ...one, name: 'web_1', problem: 'It delivered no file.' },
        ],
        instances_total: 2,
      },
    });

    expect(lines).toContain('capture: 32 packets, 4096 bytes, 1.5 s');
    expect(lines).toContain('web_0: 5 packets, 1 findings, report /r.md');
    expect(lines).toContain('web_1: NOT ANALYSED: It delivered no file.');
    expect(lines).toContainEqual(
      expect.stringContaining('0/F1 [high] Port scan of 10.0.0.5 at web_0 (port_scan'),
    );
  });

  it('says of a cleanup what was or would be done to what, and why', () => {
    expect(summarizeCleanup(cleanupView())).toEqual([
      'Nothing deleted yet; 1 leftovers found.',
      'plan_id: plan-1',
      'planned delete container capwright-sandbox-1: its server is gone, 90 s old',
      'searched: Azure subscription s; Docker',
      'next: Call cleanup_orphans with plan_id "plan-1" once the user agrees.',
    ]);
    expect(summarizeCleanup(cleanupView({ applied: true, plan_id: null }))[0]).toBe('Plan carried out.');
  });
});
