import type { LoggedCommand } from '../domain/analysis.ts';
import {
  checkProse,
  filtersIn,
  type ProseCheck,
  strike,
  withoutRemark,
  withoutSummary,
} from '../domain/claims/check-prose.ts';
import { evidenceOf, type FilterRun } from '../domain/claims/evidence.ts';
import { harmlessFacts, harmlessFindings, harmlessText } from '../domain/harmless.ts';
import { commandId } from '../domain/report-tables.ts';
import type { ModelProse } from '../domain/report-input.ts';
import { MAX_STRUCK, type Verification } from '../domain/verification.ts';
import { CAPTURE_PATH, type Model } from '../ports.ts';
import { fencedProblems, fencedReply } from './briefing.ts';
import { isModelFailure, isSandboxFailure, throwIfCancelled } from './failures.ts';
import { passMs } from './measure/pass.ts';
import { parseProse, PROSE_SCHEMA } from './prose-reply.ts';
import { MAX_REPLY_TOKENS, printedBy, type ReporterDeps, type ReportTurn, turnData } from './report-turn.ts';
import { countMatches } from './verify/count-matches.ts';

export interface CheckedProse {
  prose: ModelProse;
  verification: Verification;
  commands: LoggedCommand[];
  note: string | null;
}

type Deps = Omit<ReporterDeps, 'model'> & { model: Model };

const MAX_FILTERS = 20;
const MAX_FILTER_MS = 60_000;

/**
 * Checks every claim of the prose. What is not borne out goes back to the model once, with the reasons; what is not
 * borne out then is struck. Throws CANCELLED only.
 */
export async function checkedProse(deps: Deps, turn: ReportTurn, first: ModelProse): Promise<CheckedProse> {
  const commands: LoggedCommand[] = [];
  const check = createCheck(turn, (command) => commands.push(command));
  const attempt = await check(first);
  if (isClean(attempt)) return { ...outcome(attempt, turn, false), commands, note: null };
  const { prose, note } = await corrected(deps, turn, attempt);
  throwIfCancelled(turn.signal);
  if (prose === null) return { ...outcome(attempt, turn, true), commands, note };
  const second = await check(prose);
  const better = faultsOf(second) <= faultsOf(attempt) ? second : attempt;
  return { ...outcome(better, turn, true), commands, note };
}

interface Attempt extends ProseCheck {
  prose: ModelProse;
  /** What has to be said and is not, a sentence each. */
  omissions: string[];
}

const isClean = ({ problems, omissions }: Attempt): boolean => problems.length + omissions.length === 0;
const faultsOf = ({ problems, omissions }: Attempt): number => problems.length + omissions.length;

/** The check of one analysis; filters that were run once are not run again. */
function createCheck(turn: ReportTurn, log: (command: LoggedCommand) => void) {
  const { commands, deeper, context } = turn;
  // As the model was told them: it can quote nothing else.
  const [facts, findings] = [harmlessFacts(turn.facts), harmlessFindings(turn.findings)];
  const ran = new Map<string, FilterRun>(
    findings.map(({ filter, evidenceCheck, matching }) => [
      filter,
      { valid: true, matched: evidenceCheck.matched ?? matching },
    ]),
  );
  const printed = printedBy(deeper);
  const outputs = new Map(
    commands.map((command, index) => [commandId(index), isRun(command) ? printed : '']),
  );
  return async (prose: ModelProse): Promise<Attempt> => {
    const wanted = filtersIn(prose).filter((filter) => !ran.has(filter));
    for (const [filter, run] of await runFilters(turn, wanted.slice(0, MAX_FILTERS), log))
      ran.set(filter, run);
    const evidence = evidenceOf({ facts, findings, outputs, question: context, filters: ran });
    const unsaid = withoutRemark(prose, findings).map(({ id }) => id);
    const unnamed = withoutSummary(prose, findings).map(({ id }) => id);
    const omissions = [
      ...(unsaid.length === 0 ? [] : [`No remark under notable_findings cites ${unsaid.join(', ')}.`]),
      ...(unnamed.length === 0 ? [] : [`The executive summary does not name ${unnamed.join(', ')} by id.`]),
    ];
    return { ...checkProse(prose, evidence), prose, omissions };
  };
}

/** The runs of scripts: it is what they print that a claim may rest on. */
const isRun = ({ step, command }: LoggedCommand): boolean =>
  step.startsWith('script') && !command.startsWith('chmod');

/** How many frames each filter matches, none where nobody could say: then no claim rests on it. */
async function runFilters(
  { session, bytes, signal }: ReportTurn,
  filters: readonly string[],
  log: (command: LoggedCommand) => void,
): Promise<[string, FilterRun][]> {
  if (session === null || filters.length === 0) return [];
  try {
    const timeoutMs = Math.min(passMs(bytes), MAX_FILTER_MS);
    const answer = await countMatches(session, { path: CAPTURE_PATH, filters, timeoutMs, signal }, log);
    if ('problem' in answer) return [];
    return filters.map((filter, index) => {
      const matched = answer.counts[index] ?? null;
      return [filter, { valid: matched !== null, matched }];
    });
  } catch (error) {
    throwIfCancelled(signal);
    if (!isSandboxFailure(error)) throw error;
    return [];
  }
}

/** Asks once for a reply without the problems; null where there is none to be had. */
async function corrected(
  { model, prompts, log }: Deps,
  turn: ReportTurn,
  { prose, problems, omissions }: Attempt,
): Promise<{ prose: ModelProse | null; note: string | null }> {
  const { nonce } = turn.briefing;
  try {
    const reply = await model.complete({
      system: prompts.system('REPORTER_SYSTEM'),
      user: prompts.user('REPORTER_CORRECT_USER', {
        ...turnData(turn),
        problems: fencedProblems(
          [
            ...problems.map(({ section, text, reasons }) => `${section}: "${text}" ${reasons.join(' ')}`),
            ...omissions,
          ],
          nonce,
        ),
        previous_reply: fencedReply(prose, nonce),
        context: turn.briefing.context,
      }),
      schema: PROSE_SCHEMA,
      schemaName: 'report',
      maxTokens: MAX_REPLY_TOKENS,
      signal: turn.signal,
    });
    const again = parseProse(reply.text);
    if (again === null) log('warn', 'corrected report unusable');
    return {
      prose: again,
      note: again === null ? "The model's correction was not in the agreed form." : null,
    };
  } catch (error) {
    throwIfCancelled(turn.signal);
    if (!isModelFailure(error)) throw error;
    return { prose: null, note: `The model could not be asked to correct its report: ${error.message}` };
  }
}

function outcome(
  { prose, claims, confirmed, problems }: Attempt,
  { findings }: ReportTurn,
  isCorrected: boolean,
): Pick<CheckedProse, 'prose' | 'verification'> {
  const kept = strike(prose, problems);
  return {
    prose: kept,
    verification: {
      claims,
      confirmed,
      struck: claims - confirmed,
      corrected: isCorrected,
      notConfirmed: problems.slice(0, MAX_STRUCK).map(({ section, text, reasons }) => ({
        section,
        text: harmlessText(text),
        reasons: reasons.map(harmlessText),
      })),
      leftOut: withoutRemark(kept, findings).map(({ id }) => id),
    },
  };
}
