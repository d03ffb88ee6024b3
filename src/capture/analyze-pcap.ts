import type { AnalyzeInput } from '../domain/inputs.ts';
import type { Artefacts, CallContext, Cloud, TaskStore } from '../ports.ts';
import { toAnalysisView } from './analysis-view.ts';
import { capturePathOf } from './analyze-task.ts';
import { findTask } from './find-task.ts';
import type { Guardrails } from './guardrails.ts';
import type { RunAnalysis } from './run-analysis.ts';
import type { UseCases } from './use-cases.ts';

export interface AnalyzePcapDeps {
  store: TaskStore;
  cloud: Cloud;
  artefacts: Artefacts;
  guardrails: Guardrails;
  runAnalysis: RunAnalysis;
  newAnalysisId: () => string;
  maxCaptureBytes: number;
}

/** Analyses a capture that is there already: a file, a task's download, or a blob. */
export function createAnalyzePcap(deps: AnalyzePcapDeps): UseCases['analyzePcap'] {
  return async (input, call) => {
    const id = deps.newAnalysisId();
    const source = await locate(deps, input, id, call);
    const { analysis, ref } = await deps.runAnalysis(
      {
        id,
        path: source.path,
        scope: source.scope,
        context: input.investigation_context ?? null,
        llm: input.llm,
      },
      call,
    );
    return {
      source: source.name,
      analysis: toAnalysisView(analysis, ref),
      next: 'Read analysis.report; every fact is in analysis.analysis_path.',
    };
  };
}

interface Source {
  name: string;
  path: string;
  scope: 'allowed roots' | 'anywhere';
}

async function locate(
  { store, cloud, artefacts, guardrails, maxCaptureBytes }: AnalyzePcapDeps,
  input: AnalyzeInput,
  id: string,
  call: CallContext,
): Promise<Source> {
  if (input.pcap_path !== undefined) {
    return { name: input.pcap_path, path: input.pcap_path, scope: 'allowed roots' };
  }
  if (input.task_id !== undefined) {
    const row = await findTask(store, input.task_id);
    return { name: input.task_id, path: capturePathOf(row.task), scope: 'anywhere' };
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
