import { describe, expect, it } from 'vitest';
import { toAnalysisView } from '../../src/capture/analysis-view.ts';
import { createAnalyzePcap, type AnalyzePcapDeps } from '../../src/capture/analyze-pcap.ts';
import { Analysis } from '../../src/domain/analysis.ts';
import { AnalyzeInput } from '../../src/domain/inputs.ts';
import type { Task } from '../../src/domain/task.ts';
import { AnalysisView } from '../../src/domain/views.ts';
import { emptyAnalysis } from '../fakes/analysis.ts';
import { findingOf } from '../fakes/facts.ts';
import { quietCall } from '../fakes/orchestrator.ts';
import { sampleTask } from '../fakes/task.ts';

const ref = { reportPath: '/r.md', htmlPath: '/r.html', analysisPath: '/a.json', scriptPath: '/p.sh' };

/** The use-case with nothing behind it but two analyses that note what they are asked for. */
function open(known: Task, found: Partial<Analysis> = {}) {
  const asked: unknown[] = [];
  const deps: Pick<AnalyzePcapDeps, 'runAnalysis' | 'runTaskAnalysis'> = {
    runAnalysis: async (request) => {
      asked.push(request);
      return { analysis: emptyAnalysis(found), ref };
    },
    runTaskAnalysis: async (request) => {
      asked.push(request);
      return { analysis: emptyAnalysis(found), ref };
    },
  };
  const store = { get: async () => ({ task: known, owner: null, fence: 0, wish: null }) };
  const analyzePcap = createAnalyzePcap({
    ...deps,
    store,
    newAnalysisId: () => 'new',
    maxCaptureBytes: 1,
  } as unknown as AnalyzePcapDeps);
  return {
    asked,
    call: (input: Record<string, unknown>) => analyzePcap(AnalyzeInput.parse(input), quietCall),
  };
}

describe('analyze_pcap', () => {
  it('analyses all files of a task, as the task itself did, into a folder of its own', async () => {
    const task = sampleTask();
    const { asked, call } = open(task);

    const { source } = await call({
      task_id: 't'.repeat(32),
      investigation_context: 'slow',
      llm: 'off',
      verify: true,
    });

    expect(asked).toEqual([
      {
        id: 'new',
        context: 'slow',
        llm: 'off',
        privacy: 'full',
        verify: true,
        task,
        withoutSandbox: 'overview',
      },
    ]);
    expect(source).toBe('t'.repeat(32));
  });

  it('says of an analysis without tshark what would bring the whole one', async () => {
    const { call } = open(sampleTask(), { isolation: { engine: 'none', lacks: [] }, partial: 'Run: it' });
    const whole = open(sampleTask(), { isolation: { engine: 'docker', lacks: ['One kernel.'] } });

    expect(await call({ pcap_path: '/c/a.cap' })).toMatchObject({
      analysis: { partial: 'Run: it' },
      next: expect.stringContaining('do what analysis.partial names, then call again'),
    });
    expect(await whole.call({ pcap_path: '/c/a.cap' })).toMatchObject({
      analysis: { partial: null, sandbox: 'none. One kernel.' },
      next: expect.stringContaining('Read analysis.report'),
    });
  });

  it('analyses a file by its path within the allowed roots', async () => {
    const { asked, call } = open(sampleTask());

    await call({ pcap_path: '/c/a.cap' });

    expect(asked).toMatchObject([{ id: 'new', path: '/c/a.cap', scope: 'allowed roots' }]);
  });
});

const instance = (index: number): Analysis['instances'][number] => ({
  instanceId: String(index),
  name: `web_${index}`,
  sha256: 'a',
  bytes: 1,
  packets: 2,
  durationSeconds: 3,
  findingsTotal: 4,
  problem: null,
  reportPath: '/r.md',
  analysisPath: '/a.json',
});

describe('what a caller sees of an analysis', () => {
  it('names each instance, but never more than a model can take in', () => {
    const instances = Array.from({ length: 300 }, (_, index) => instance(index));
    const findings = instances.map(({ name }) => ({ ...findingOf(), instance: name }));

    const view = toAnalysisView(emptyAnalysis({ instances, findings }), ref);

    expect(AnalysisView.safeParse(view).error).toBeUndefined();
    expect(view.instances[1]).toEqual({
      instance_id: '1',
      name: 'web_1',
      sha256: 'a',
      packets: 2,
      findings_total: 4,
      problem: null,
      report_path: '/r.md',
    });
    expect([view.instances.length, view.instances_total]).toEqual([100, 300]);
    expect([view.findings.length, view.findings_total]).toEqual([25, 300]);
    expect(view.findings[0]).toMatchObject({ instance: 'web_0' });
  });

  it('can be read from results that an earlier version left', () => {
    const { parts: _parts, instances: _instances, partial: _partial, ...rest } = emptyAnalysis();
    const earlier = JSON.stringify({ ...rest, findings: [findingOf()] });

    const analysis = Analysis.parse(JSON.parse(earlier));

    expect(toAnalysisView(analysis, ref)).toMatchObject({
      instances: [],
      findings: [{ instance: null }],
      partial: null,
    });
  });

  it('of one file is as it was: no instances, and findings of none', () => {
    const view = toAnalysisView(emptyAnalysis({ findings: [{ ...findingOf(), instance: null }] }), ref);

    expect(view).toMatchObject({ instances: [], instances_total: 0, findings: [{ instance: null }] });
  });
});
