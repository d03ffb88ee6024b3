import { NO_PLANNER, type Analysis } from '../domain/analysis.ts';
import { notChecked } from '../domain/evidence-check.ts';
import type { CapwrightError } from '../domain/errors.ts';
import { stricter } from '../domain/privacy/privacy.ts';
import { NO_ISOLATION } from '../domain/isolation.ts';
import type { CallContext, CaptureFiles } from '../ports.ts';
import type { AnalyzeDeps, AnalyzeInput } from './analyze.ts';
import { assemble } from './assemble.ts';
import { chooseModel } from './choose-model.ts';
import { discreetFacts } from './discreet.ts';
import { briefingOf } from './briefing.ts';
import { throwIfCancelled } from './failures.ts';
import type { Investigation } from './investigate.ts';
import { createBudget, NO_LIMITS } from './measure/budget.ts';
import type { OwnReader } from './measure/measure.ts';
import { within } from './progress.ts';
import { proseOf, whyBuiltIn } from './reporter.ts';
import { createTranscript } from './transcript.ts';

/** What read the packets, in the place where reports name tshark's version. */
const OWN_READER = "Capwright's own packet reader, not tshark";

/** What an overview is made with. */
export interface Overview {
  ownReader: OwnReader;
  files: Pick<CaptureFiles, 'chunks'>;
}

/**
 * What can be told of a capture where no sandbox is to be had: figures and findings of our own reader, which works in
 * this process and is safe in memory. It starts no program. `unavailable` is why there is no sandbox; its `next`
 * is the command that the partial analysis names.
 */
export async function analyzeWithoutSandbox(
  deps: AnalyzeDeps & { overview: Overview },
  input: AnalyzeInput,
  { signal, progress }: CallContext,
  unavailable: CapwrightError,
): Promise<Analysis> {
  const { file, context, parts = [] } = input;
  progress({ fraction: 0.02, message: 'No sandbox: reading the packets without tshark.' });
  const { ownReader, files } = deps.overview;
  const { facts, findings: found } = await ownReader(files.chunks(file, signal), {
    file,
    signal,
    onProgress: within(progress, 0.02, 0.8),
    budget: createBudget(deps.budget ?? NO_LIMITS, () => deps.clock.now()),
  });
  throwIfCancelled(signal);
  const findings = found.map((finding) => ({ ...finding, evidenceCheck: notChecked(NO_SECOND_READER) }));

  const session = { isolation: NO_ISOLATION, tsharkVersion: OWN_READER };
  const transcript = createTranscript({ ...deps, keep: input.keep, file, session });
  const { model, usage } = chooseModel(deps, input, transcript);
  const privacy = stricter(deps.privacy ?? 'full', input.privacy ?? 'full');
  const told = discreetFacts(privacy, { facts, findings });
  const briefing = briefingOf({ nonce: deps.nonce(), tools: '', context, ...told, scriptTimeoutMs: 0 });
  progress({ fraction: 0.85, message: 'Writing the report.' });
  const written = await proseOf(
    { ...deps, model },
    {
      briefing,
      deeper: NO_SCRIPT,
      ...told,
      commands: [],
      context,
      session: null,
      bytes: file.bytes,
      signal,
    },
  );
  throwIfCancelled(signal);
  const notes = await transcript.finish({ sha256: facts.capture.sha256, claimCheck: null });
  return assemble({
    session,
    notes,
    context,
    files: parts,
    facts,
    findings,
    commands: [],
    deeper: { ...NO_SCRIPT, note: `Without a sandbox no script was planned or run. ${unavailable.next}` },
    written,
    usage: usage(),
    privacy,
    builtInBecause: written.prose === null ? whyBuiltIn(input, deps) : null,
    partial: partialBecause(unavailable, facts.notes[0] ?? ''),
  });
}

const NO_SECOND_READER = 'Without a sandbox there was no tshark to run its filter.';

/** The reporter may still be a model: what it is told are measured facts. A planner's script would have no place. */
const NO_SCRIPT: Investigation = {
  script: '',
  results: [],
  commands: [],
  attempts: 0,
  succeeded: false,
  planner: NO_PLANNER,
  note: null,
  modelUsable: true,
};

function partialBecause({ message, next }: CapwrightError, coverage: string): string {
  return (
    `tshark was not run, as it never is outside of a sandbox. ${message} ${coverage} No script looked deeper. ` +
    `One thing brings the whole analysis. ${next}`
  );
}
