import type { Analysis } from '../domain/analysis.ts';
import type { AnalysisRef } from '../domain/task.ts';
import type { Analyze } from '../forensics/analyze.ts';
import type { Artefacts, CallContext, CaptureFiles } from '../ports.ts';

export interface AnalysisRequest {
  /** Folder of the results: a task's id, or one made for this analysis. */
  id: string;
  path: string;
  scope: 'allowed roots' | 'anywhere';
  context: string | null;
  llm: 'auto' | 'off';
}

export type RunAnalysis = (
  request: AnalysisRequest,
  call: CallContext,
) => Promise<{ analysis: Analysis; ref: AnalysisRef }>;

/** Analyses a file of this machine and keeps report, facts and script where people find them. */
export function createRunAnalysis(deps: {
  files: CaptureFiles;
  analyze: Analyze;
  artefacts: Artefacts;
}): RunAnalysis {
  const { files, analyze, artefacts } = deps;
  return async ({ id, path, scope, context, llm }, call) => {
    call.progress({ fraction: 0, message: 'hashing the capture' });
    const file = await files.inspect(path, scope, call.signal);
    const analysis = await analyze({ file, context, llm }, call);
    const ref = {
      reportPath: await artefacts.save(id, 'report.md', analysis.report),
      scriptPath: await artefacts.save(id, 'plan.sh', analysis.script),
      analysisPath: await artefacts.save(id, 'analysis.json', `${JSON.stringify(analysis, null, 2)}\n`),
    };
    return { analysis, ref };
  };
}
