import type { AnalyzeInput } from '../domain/inputs.ts';
import type { AnalyzeView } from '../domain/views.ts';
import type { Artefacts, CallContext, Cloud, TaskStore } from '../ports.ts';
import { toAnalysisView } from './analysis-view.ts';
import { findTask } from './find-task.ts';
import type { Guardrails } from './guardrails.ts';
import type { RunAnalysis } from './run-analysis.ts';
import type { RunTaskAnalysis } from './run-task-analysis.ts';
import type { UseCases } from './use-cases.ts';

export interface AnalyzePcapDeps {
  store: TaskStore;
  cloud: Cloud;
  artefacts: Artefacts;
  guardrails: Guardrails;
  runAnalysis: RunAnalysis;
  runTaskAnalysis: RunTaskAnalysis;
  newAnalysisId: () => string;
  maxCaptureBytes: number;
}

/** Analyses a capture that is there already: a file, what a task has downloaded, or a blob. */
export function createAnalyzePcap(deps: AnalyzePcapDeps): UseCases['analyzePcap'] {
  return async (input, call) => {
    const id = deps.newAnalysisId();
    const { investigation_context: context = null, llm, privacy = 'full', verify } = input;
    const asked = { id, context, llm, privacy, verify, withoutSandbox: 'overview' } as const;
    if (input.task_id !== undefined) {
      const { task } = await findTask(deps.store, input.task_id);
      return toView(id, input.task_id, await deps.runTaskAnalysis({ ...asked, task }, call));
    }
    const { name, path, scope } = await locate(deps, input, id, call);
    return toView(id, name, await deps.runAnalysis({ ...asked, path, scope }, call));
  };
}

function toView(
  id: string,
  source: string,
  { analysis, ref }: Awaited<ReturnType<RunAnalysis>>,
): AnalyzeView {
  return {
    analysis_id: id,
    source,
    analysis: toAnalysisView(analysis, ref),
    next:
      analysis.isolation.engine === 'none'
        ? 'This is an overview without tshark: do what analysis.partial names, then call again for the whole analysis.'
        : 'Read analysis.report; every fact is in analysis.analysis_path.',
  };
}

interface Source {
  name: string;
  path: string;
  scope: 'allowed roots' | 'anywhere';
}

async function locate(
  { cloud, artefacts, guardrails, maxCaptureBytes }: AnalyzePcapDeps,
  input: AnalyzeInput,
  id: string,
  call: CallContext,
): Promise<Source> {
  if (input.pcap_path !== undefined) {
    return { name: input.pcap_path, path: input.pcap_path, scope: 'allowed roots' };
  }
  const url = input.blob_url ?? '';
  await guardrails.checkDownload(() => cloud.blobSize(url, call.signal));
  call.progress({ fraction: null, message: 'downloading the blob' });
  const file = await cloud.downloadBlob(url, artefacts.capturePath(id), {
    maxBytes: maxCaptureBytes,
    signal: call.signal,
    onProgress: call.progress,
  });
  return { name: url, path: file.path, scope: 'anywhere' };
}
