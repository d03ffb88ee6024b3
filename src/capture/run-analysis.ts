import { Analysis, SCHEMA_VERSION } from '../domain/analysis.ts';
import type { CapturePart } from '../domain/capture-part.ts';
import { inertJson } from '../domain/inert-json.ts';
import { NO_USAGE, type ModelUsage } from '../domain/model-usage.ts';
import type { Privacy } from '../domain/privacy/privacy.ts';
import type { AnalysisRef } from '../domain/task.ts';
import type { Analyze, WithoutSandbox } from '../forensics/analyze.ts';
import type { Artefacts, CallContext, CaptureFiles, InspectedFile, Log, ReportPage } from '../ports.ts';

export interface AnalysisRequest {
  /** Folder of the results: a task's id, or one made for this analysis. */
  id: string;
  path: string;
  scope: 'allowed roots' | 'anywhere';
  context: string | null;
  llm: 'auto' | 'off';
  /** What a model may be told; never more than is configured. */
  privacy?: Privacy;
  /** What the other analyses of the same task have taken of the model's budget. */
  taken?: ModelUsage;
  /** Files that the one at `path` was put together from. */
  parts?: readonly CapturePart[];
  /**
   * One of several analyses in the folder: leads the names of its results, which are taken as they are where an
   * earlier run, killed since, has left them for the same bytes.
   */
  prefix?: string;
  /** Every filter of a finding over the whole capture again. */
  verify?: boolean;
  /** Whether an overview will do where there is no sandbox; it throws otherwise. */
  withoutSandbox?: WithoutSandbox;
}

export type RunAnalysis = (
  request: AnalysisRequest,
  call: CallContext,
) => Promise<{ analysis: Analysis; ref: AnalysisRef }>;

export interface RunAnalysisDeps {
  files: CaptureFiles;
  analyze: Analyze;
  artefacts: Artefacts;
  page: ReportPage;
  log: Log;
}

/** Analyses a file of this machine and keeps report, facts and script where people find them. */
export function createRunAnalysis(deps: RunAnalysisDeps): RunAnalysis {
  const { files, analyze, artefacts } = deps;
  return async (request, call) => {
    const {
      id,
      path,
      scope,
      context,
      llm,
      privacy = 'full',
      taken = NO_USAGE,
      parts = [],
      prefix = '',
      verify = false,
      withoutSandbox = 'fail',
    } = request;
    call.progress({ fraction: 0, message: 'looking at the capture' });
    const file = await files.inspect(path, scope, call.signal);
    const earlier = prefix === '' ? null : await readEarlier(artefacts, id, prefix, file);
    if (earlier !== null) {
      return earlier;
    }
    const keep = (name: string, content: string): Promise<void> =>
      artefacts.keep(id, `${prefix}${name}`, content);
    const analysis = await analyze(
      { file, context, llm, privacy, taken, parts, verify, withoutSandbox, keep },
      call,
    );
    call.signal.throwIfAborted();
    return { analysis, ref: await saveAnalysis(deps, id, analysis, prefix) };
  };
}

/**
 * Writes the results of an analysis; the facts come last, so that where they are the others are too. What a
 * killed process had begun of them goes: only one process at a time analyses under an id.
 */
export async function saveAnalysis(
  { artefacts, page, log }: Pick<RunAnalysisDeps, 'artefacts' | 'page' | 'log'>,
  id: string,
  analysis: Analysis,
  prefix = '',
): Promise<AnalysisRef> {
  await artefacts.dropUnfinished(id, 'results');
  const html = await drawn(page, analysis, log);
  return {
    reportPath: await artefacts.save(id, `${prefix}report.md`, analysis.report),
    htmlPath: html === null ? null : await artefacts.save(id, `${prefix}report.html`, html),
    scriptPath: await artefacts.save(id, `${prefix}plan.sh`, analysis.script),
    analysisPath: await artefacts.save(id, `${prefix}analysis.json`, `${inertJson(analysis, 2)}\n`),
  };
}

/** null, and a line in the log, where it can not be drawn: what was measured does not hang on that. */
async function drawn(page: ReportPage, analysis: Analysis, log: Log): Promise<string | null> {
  try {
    return await page.render(analysis);
  } catch (error) {
    log('error', 'the HTML report could not be drawn', { error });
    return null;
  }
}

async function readEarlier(
  artefacts: Artefacts,
  id: string,
  prefix: string,
  file: InspectedFile,
): Promise<{ analysis: Analysis; ref: AnalysisRef } | null> {
  const pathOf = (name: string): string => artefacts.resultPath(id, `${prefix}${name}`);
  const html = pathOf('report.html');
  const ref = {
    reportPath: pathOf('report.md'),
    htmlPath: await artefacts.read(html).then(
      () => html,
      () => null,
    ),
    scriptPath: pathOf('plan.sh'),
    analysisPath: pathOf('analysis.json'),
  };
  try {
    const analysis = Analysis.parse(JSON.parse(await artefacts.read(ref.analysisPath)));
    const isOurs = analysis.schemaVersion === SCHEMA_VERSION;
    return isOurs && analysis.capture.sha256 === (await file.sha256()) ? { analysis, ref } : null;
  } catch {
    return null;
  }
}
