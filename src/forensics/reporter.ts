import type { LoggedCommand } from '../domain/analysis.ts';
import type { ModelProse } from '../domain/report-input.ts';
import { NO_VERIFICATION, type Verification } from '../domain/verification.ts';
import type { Model } from '../ports.ts';
import { checkedProse } from './check-prose.ts';
import { isModelFailure, throwIfCancelled } from './failures.ts';
import { parseProse, PROSE_SCHEMA } from './prose-reply.ts';
import type { Prompts } from './prompts.ts';
import { MAX_REPLY_TOKENS, type ReporterDeps, type ReportTurn, turnData } from './report-turn.ts';

/** What the built-in reporter is called in reports. */
export const BUILT_IN_REPORTER = 'built-in reporter';

/** A model's prose and its author, or null and why the built-in reporter has to write. */
export interface Written {
  prose: ModelProse | null;
  author: string;
  note: string | null;
  verification: Verification;
  /** What checking the prose ran. */
  commands: LoggedCommand[];
}

/** Why a report has no prose by a model, to end a sentence of ours. */
export function whyBuiltIn({ llm }: { llm: 'auto' | 'off' }, { model }: { model: Model | null }): string {
  if (llm === 'off') return 'the model was switched off for this analysis';
  return model === null ? 'no model configured' : 'the model could not be used';
}

/**
 * Asks the model for its three sections, unless it has already refused, and lets only what was measured through. Never
 * throws for a model's failure.
 */
export async function proseOf(deps: ReporterDeps, turn: ReportTurn): Promise<Written> {
  const { model, prompts, log } = deps;
  const builtIn = { prose: null, author: BUILT_IN_REPORTER, verification: NO_VERIFICATION, commands: [] };
  if (model === null || !turn.deeper.modelUsable) return { ...builtIn, note: null };
  try {
    const prose = await writeProse(model, prompts, turn);
    if (prose !== null)
      return { author: model.name, ...(await checkedProse({ ...deps, model }, turn, prose)) };
    log('warn', 'reporter reply unusable');
    return { ...builtIn, note: "The reporter model's reply was not in the agreed form." };
  } catch (error) {
    throwIfCancelled(turn.signal);
    if (!isModelFailure(error)) throw error;
    return { ...builtIn, note: `The reporter model could not be used: ${error.message} ${error.next}` };
  }
}

async function writeProse(model: Model, prompts: Prompts, turn: ReportTurn): Promise<ModelProse | null> {
  const { briefing, deeper, signal } = turn;
  const reply = await model.complete({
    system: prompts.system('REPORTER_SYSTEM'),
    user: prompts.user('REPORTER_USER', {
      ...turnData(turn),
      outcome: deeper.succeeded
        ? `The script worked (${deeper.planner}).`
        : 'No script worked; there are only the measured facts.',
      context: briefing.context,
    }),
    schema: PROSE_SCHEMA,
    schemaName: 'report',
    maxTokens: MAX_REPLY_TOKENS,
    signal,
  });
  return parseProse(reply.text);
}
