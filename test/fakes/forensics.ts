import type { Analysis } from '../../src/domain/analysis.ts';
import type { ModelLimits } from '../../src/domain/model-budget.ts';
import type { Privacy } from '../../src/domain/privacy/privacy.ts';
import { createAnalyze, type WithoutSandbox } from '../../src/forensics/analyze.ts';
import type { Measure, OwnReader } from '../../src/forensics/measure/measure.ts';
import type { CheckEvidence } from '../../src/forensics/verify/check-evidence.ts';
import type { Keep } from '../../src/forensics/keeper.ts';
import { loadPrompts } from '../../src/forensics/prompts.ts';
import type { InspectedFile, Log, Model } from '../../src/ports.ts';
import { asChunks } from './chunks.ts';
import { factsOf, findingOf } from './facts.ts';
import { planReply } from './model.ts';
import { type Behaviour, createFakeSandbox, type FakeSandbox } from './sandbox.ts';

const file: InspectedFile = {
  path: '/captures/a.cap',
  bytes: 12_345,
  sha256: () => Promise.resolve('ab'.repeat(32)),
  format: 'pcap',
};

const measure: Measure = (_session, { onProgress }) => {
  onProgress({ fraction: 1, message: 'measured' });
  return Promise.resolve({ facts: factsOf(), findings: [findingOf()], commands: [], partial: null });
};

/** Replies that a model which keeps to the form gives: three scripts, and a report. */
export const scripts = {
  first: planReply('tshark -n -r /workspace/pocket.pcap | awk "NR<=3"'),
  second: planReply('capinfos /workspace/pocket.pcap'),
  third: planReply('tshark -n -q -r /workspace/pocket.pcap -z io,phs'),
};
export const reportReply = JSON.stringify({
  executive_summary: 'The database port may be filtered (F1).',
  notable_findings: [{ finding_ids: ['F1'], text: 'No answer of any kind.' }],
  recommendations: [{ finding_ids: ['F1'], text: 'Open port 5432 in the NSG.' }],
});

const prints: Behaviour = () => ({ stdout: '== answer ==\nframe 11\n' });

/** Whether a command is the run of a script, not its chmod or its check. */
export const isRun = (argv: readonly string[]) => argv[0] === '/bin/bash' && argv[1] !== '-n';

export interface AnalysisOptions {
  model?: Model | null;
  /** That the caller brings along. */
  callersModel?: Model;
  modelLimits?: ModelLimits;
  /** As configured, and as the caller asks. */
  privacy?: { configured?: Privacy; asked?: Privacy };
  behaviour?: Behaviour;
  llm?: 'auto' | 'off';
  context?: string;
  signal?: AbortSignal;
  measure?: Measure;
  checkEvidence?: CheckEvidence;
  bytes?: number;
  sandbox?: FakeSandbox;
  ownReader?: OwnReader;
  withoutSandbox?: WithoutSandbox;
  onMessage?: (message: string) => void;
  keep?: Keep;
  log?: Log;
}

/** Leaves every finding as it is. */
export const unchecked: CheckEvidence = (_session, { findings }) =>
  Promise.resolve({ findings: [...findings], commands: [] });

const NO_BYTES = {
  chunks: () => asChunks([]),
};

/** An analysis with everything faked around the loop. */
function analyzing(options: AnalysisOptions) {
  const sandbox = options.sandbox ?? createFakeSandbox(options.behaviour ?? prints);
  const analyze = createAnalyze({
    sandbox,
    measure: options.measure ?? measure,
    checkEvidence: options.checkEvidence ?? unchecked,
    ...(options.ownReader && { overview: { ownReader: options.ownReader, files: NO_BYTES } }),
    model: options.model ?? null,
    ...(options.modelLimits && { modelLimits: options.modelLimits }),
    ...(options.privacy?.configured && { privacy: options.privacy.configured }),
    prompts: loadPrompts(),
    maxRetries: 2,
    clock: { now: () => 0, sleep: () => Promise.resolve() },
    log: options.log ?? (() => undefined),
    nonce: () => 'n0nce-n0nce',
  });
  const call = analyze(
    {
      file: { ...file, bytes: options.bytes ?? file.bytes },
      context: options.context ?? null,
      llm: options.llm ?? 'auto',
      ...(options.privacy?.asked && { privacy: options.privacy.asked }),
      ...(options.keep && { keep: options.keep }),
      ...(options.withoutSandbox && { withoutSandbox: options.withoutSandbox }),
    },
    {
      signal: options.signal ?? new AbortController().signal,
      progress: ({ message }) => options.onMessage?.(message),
      ...(options.callersModel && { model: options.callersModel }),
    },
  );
  return { sandbox, call };
}

export async function analysisOf(
  options: AnalysisOptions = {},
): Promise<{ sandbox: FakeSandbox; analysis: Analysis }> {
  const { sandbox, call } = analyzing(options);
  return { sandbox, analysis: await call };
}

/** The same, for an analysis that must fail. */
export async function failureOf(options: AnalysisOptions): Promise<{ sandbox: FakeSandbox; error: unknown }> {
  const { sandbox, call } = analyzing(options);
  const error: unknown = await call.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  return { sandbox, error };
}
