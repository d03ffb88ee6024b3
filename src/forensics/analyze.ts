import type { Analysis } from '../domain/analysis.ts';
import type { CapturePart } from '../domain/capture-part.ts';
import type { CaptureFacts } from '../domain/facts.ts';
import { CapwrightError } from '../domain/errors.ts';
import type { ModelLimits } from '../domain/model-budget.ts';
import type { ModelUsage } from '../domain/model-usage.ts';
import { stricter, type Privacy } from '../domain/privacy/privacy.ts';
import { stripControls } from '../domain/untrusted.ts';
import type {
  CallContext,
  CaptureFiles,
  Clock,
  InspectedFile,
  Log,
  Model,
  Sandbox,
  SandboxSession,
} from '../ports.ts';
import { type Briefing, briefingOf } from './briefing.ts';
import { assemble } from './assemble.ts';
import { chooseModel } from './choose-model.ts';
import { discreetFacts, discreetPlanner, discreetTurn } from './discreet.ts';
import { cutFrames } from './drill-down/cut-frames.ts';
import { throwIfCancelled } from './failures.ts';
import { investigate, type Investigation, type InvestigationTurn } from './investigate.ts';
import { recordRuns } from './exchanges.ts';
import type { Keep } from './keeper.ts';
import { createBudget, NO_LIMITS, type BudgetLimits } from './measure/budget.ts';
import type { Measure, Measurement } from './measure/measure.ts';
import { createPlanner } from './planner.ts';
import { steady, within } from './progress.ts';
import type { Prompts } from './prompts.ts';
import { scriptTimeoutMs } from './script-limits.ts';
import { proseOf, whyBuiltIn } from './reporter.ts';
import { createTranscript } from './transcript.ts';
import { type FindSecrets, hideSecrets } from './spoken-secrets.ts';
import type { CheckedEvidence, CheckEvidence, EvidenceInput } from './verify/check-evidence.ts';
import { analyzeWithoutSandbox, type Overview } from './without-sandbox.ts';

export interface AnalyzeInput {
  file: InspectedFile;
  /** The caller's question, passed on to the model. */
  context: string | null;
  /** off: no model is touched, whatever is configured. */
  llm: 'auto' | 'off';
  /** What the other analyses of the same task have taken of the model's budget. */
  taken?: ModelUsage;
  /** What a model may be told; never more than is configured. */
  privacy?: Privacy;
  /** Files that this one was put together from. */
  parts?: readonly CapturePart[];
  /** Every filter of a finding over the whole capture, however large; otherwise as far as that costs little. */
  verify?: boolean;
  /** Gets prompts, replies, scripts and outputs as they come; what it throws costs the record, never the analysis. */
  keep?: Keep;
  /** Where no sandbox is to be had: throw SANDBOX_UNAVAILABLE (default), or tell what needs none. */
  withoutSandbox?: WithoutSandbox;
}

export type WithoutSandbox = 'fail' | 'overview';

/**
 * Analyses one capture. It never runs a program on it outside of a sandbox: without one it throws, or tells what its
 * own reader finds, as `withoutSandbox` says. Throws the sandbox's and the measurement's CapwrightErrors, and CANCELLED; a model that fails
 * never costs the analysis: the built-in parts stand in and `authorship.note` says why.
 */
export type Analyze = (input: AnalyzeInput, call: CallContext) => Promise<Analysis>;

export interface AnalyzeDeps {
  sandbox: Sandbox;
  measure: Measure;
  checkEvidence: CheckEvidence;
  /** Finds what scripts by a model must not show; absent: only what looks like a secret is masked in their output. */
  findSecrets?: FindSecrets;
  /** Reads single packets of a capture that was indexed; absent: no evidence is cut out. */
  files?: Pick<CaptureFiles, 'places'>;
  /** What stands in where there is no sandbox; absent: every analysis needs one. */
  overview?: Overview;
  /** null where none is configured; then the caller's is used, where it brings one. */
  model: Model | null;
  /** What it may take for one task; absent: as much as it needs. */
  modelLimits?: ModelLimits;
  /** What it may be told; absent: all that helps. */
  privacy?: Privacy;
  prompts: Prompts;
  /** Repairs after the first attempt. */
  maxRetries: number;
  /** Of every analysis; absent: none has limits. */
  budget?: BudgetLimits;
  clock: Clock;
  log: Log;
  /** Unpredictable, new at every call: marks where untrusted data begins and ends. */
  nonce: () => string;
}

export function createAnalyze(deps: AnalyzeDeps): Analyze {
  return async (input, { signal, progress, model }) => {
    const call = { signal, progress: steady(progress) };
    const using = { ...deps, model: deps.model ?? model ?? null };
    throwIfCancelled(call.signal);
    const started = deps.clock.now();
    call.progress({ fraction: 0, message: 'Opening the sandbox.' });
    const analysis = await analyzeSomehow(using, input, call);
    deps.log('info', 'analysis finished', {
      ms: deps.clock.now() - started,
      engine: analysis.isolation.engine,
      findings: analysis.findings.length,
      planner: analysis.authorship.planner,
      reporter: analysis.authorship.reporter,
      attempts: analysis.authorship.attempts,
      model: analysis.usage,
    });
    return analysis;
  };
}

/** In a sandbox; without one only where there is none to be had and the caller wants what can be told all the same. */
async function analyzeSomehow(deps: AnalyzeDeps, input: AnalyzeInput, call: CallContext): Promise<Analysis> {
  const { overview } = deps;
  let session: SandboxSession;
  try {
    session = await deps.sandbox.open({
      capturePath: input.file.path,
      signal: call.signal,
      onWait: (ahead) => call.progress({ fraction: 0, message: waiting(ahead) }),
    });
  } catch (error) {
    throwIfCancelled(call.signal);
    const isAbsent = error instanceof CapwrightError && error.code === 'SANDBOX_UNAVAILABLE';
    if (!isAbsent || overview === undefined || input.withoutSandbox !== 'overview') throw error;
    return analyzeWithoutSandbox({ ...deps, overview }, input, call, error);
  }
  return analyzeAndStop(session, deps, input, call);
}

function waiting(ahead: number): string {
  return `Waiting for a free sandbox${ahead === 0 ? '' : ` (${ahead} before this one)`}.`;
}

async function analyzeAndStop(
  session: SandboxSession,
  deps: AnalyzeDeps,
  input: AnalyzeInput,
  call: CallContext,
): Promise<Analysis> {
  try {
    return await analyzeIn(session, deps, input, call);
  } finally {
    await stop(session, deps.log);
  }
}

/** The analysis counts, not the farewell: what a failed stop leaves behind is found by its label later. */
async function stop(session: SandboxSession, log: Log): Promise<void> {
  try {
    await session.stop();
  } catch (error) {
    log('warn', 'sandbox did not stop', { error: error instanceof Error ? error.name : 'unknown' });
  }
}

async function analyzeIn(
  session: SandboxSession,
  deps: AnalyzeDeps,
  input: AnalyzeInput,
  call: CallContext,
): Promise<Analysis> {
  const { file, context, parts = [] } = input;
  const { signal, progress } = call;
  const { measured, checked } = await examined(session, deps, input, call);

  const transcript = createTranscript({ ...deps, keep: input.keep, file, session });
  const { model, usage } = chooseModel(deps, input, transcript);
  const { facts } = measured;
  const { findings } = checked;
  const capture = { bytes: input.file.bytes, signal };
  const guarded = model === null ? session : hideSecrets(session, deps.findSecrets, capture);
  const privacy = stricter(deps.privacy ?? 'full', input.privacy ?? 'full');
  const looking = { session: recordRuns(guarded, transcript), transcript, facts, findings, model, privacy };
  const { briefing, deeper } = await lookDeeper(looking, { ...deps, measured }, input, { signal, progress });
  throwIfCancelled(signal);

  progress({ fraction: 0.85, message: 'Writing the report.' });
  const ran = [...measured.commands, ...checked.commands, ...deeper.commands];
  const turn = {
    briefing,
    deeper,
    facts,
    findings,
    commands: ran,
    context,
    session,
    bytes: file.bytes,
    signal,
  };
  const written = await proseOf({ ...deps, model }, discreetTurn(privacy, turn));
  throwIfCancelled(signal);
  const commands = [...ran, ...written.commands];
  const builtInBecause = written.prose === null ? whyBuiltIn(input, deps) : null;
  const { sha256 } = facts.capture;
  const notes = await transcript.finish({ sha256, claimCheck: written.verification });
  return assemble({
    session,
    notes,
    context,
    files: parts,
    facts,
    findings,
    commands,
    deeper,
    written,
    usage: usage(),
    privacy,
    builtInBecause,
    partial: measured.partial,
  });
}

/** Facts and findings, each finding with what came of running its filter again. */
async function examined(
  session: SandboxSession,
  deps: AnalyzeDeps,
  { file, verify = false }: AnalyzeInput,
  { signal, progress }: CallContext,
): Promise<{ measured: Measurement; checked: CheckedEvidence }> {
  const budget = createBudget(deps.budget ?? NO_LIMITS, () => deps.clock.now());
  const onProgress = within(progress, 0.02, 0.5);
  const measured = await deps.measure(session, { file, signal, onProgress, budget });
  throwIfCancelled(signal);
  const checked = await deps.checkEvidence(session, {
    findings: measured.findings,
    bytes: file.bytes,
    packets: measured.facts.capture.packets,
    partial: measured.partial,
    full: verify,
    ...cutting(deps, file, measured.index),
    signal,
    onProgress: within(progress, 0.5, 0.6),
  });
  return { measured, checked };
}

type Looking = Pick<InvestigationTurn, 'session' | 'transcript' | 'facts' | 'findings'> & {
  facts: CaptureFacts;
  model: Model | null;
  privacy: Privacy;
};

/** What a script finds out beyond the measurement, whoever writes it. */
async function lookDeeper(
  { model, privacy, ...looking }: Looking,
  deps: AnalyzeDeps & { measured: Measurement },
  { file, context }: AnalyzeInput,
  { signal, progress }: CallContext,
): Promise<{ briefing: Briefing; deeper: Investigation }> {
  const told = discreetFacts(privacy, looking);
  const trial = { ...looking, ...told };
  const timeoutMs = scriptTimeoutMs(file.bytes);
  const turn = { tools: toolsOf(looking.session), context, scriptTimeoutMs: timeoutMs };
  const briefing = briefingOf({ nonce: deps.nonce(), ...turn, ...told });
  const deeper = await investigate({
    ...trial,
    nonce: deps.nonce(),
    planner:
      model === null ? null : discreetPlanner(privacy, createPlanner({ model, prompts: deps.prompts })),
    briefing,
    attempts: deps.maxRetries + 1,
    scriptTimeoutMs: timeoutMs,
    isPlaybookWorthIt: deps.measured.index === undefined,
    signal,
    onStep: (message) => progress({ fraction: 0.6, message }),
  });
  return { briefing, deeper };
}

/** What a large capture is too large for is asked of the packets that are cited, which its index finds. */
function cutting(
  { files }: AnalyzeDeps,
  file: InspectedFile,
  index: Measurement['index'],
): Pick<EvidenceInput, 'cut'> {
  if (files === undefined || index === undefined) return {};
  return {
    cut: (wanted, signal) => cutFrames(index, (places) => files.places(file, places, signal), wanted),
  };
}

/** What a script may count on. */
function toolsOf(session: SandboxSession): string {
  return ['bash, coreutils, findutils, awk, grep, sed', ...session.tools].map(stripControls).join('\n');
}
