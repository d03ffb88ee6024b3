import { z } from 'zod';
import { MAX_REMARK_CHARS, MAX_REMARKS, type ModelProse } from '../domain/report-input.ts';
import { NO_VERIFICATION, type Verification } from '../domain/verification.ts';
import { maskSecrets } from '../domain/secrets.ts';
import type { Log, Model } from '../ports.ts';
import { type Briefing, fencedOutput } from './briefing.ts';
import { isModelFailure, throwIfCancelled } from './failures.ts';
import type { Investigation } from './investigate.ts';
import { parseReply } from './parse-reply.ts';
import type { Prompts } from './prompts.ts';

/** What the built-in reporter is called in reports. */
export const BUILT_IN_REPORTER = 'built-in reporter';

const MAX_REPLY_TOKENS = 16_000;

const Remark = z
  .object({ finding_ids: z.array(z.string()).default([]), text: z.string() })
  .transform(({ finding_ids, text }) => ({
    findingIds: finding_ids,
    text: maskSecrets(text.slice(0, 2 * MAX_REMARK_CHARS)),
  }));

/** Models without structured output tend to answer with one text; it stands as a remark that cites nothing. */
const Remarks = z
  .union([
    z.array(Remark),
    z.string().transform((text) => (text.trim() === '' ? [] : [{ findingIds: [], text: maskSecrets(text) }])),
  ])
  .transform((remarks) => remarks.slice(0, 2 * MAX_REMARKS));

const Prose = z
  .object({
    executive_summary: z.string().trim().min(1),
    notable_findings: Remarks,
    recommendations: Remarks,
  })
  .transform((reply): ModelProse => ({
    executiveSummary: maskSecrets(reply.executive_summary),
    notableFindings: reply.notable_findings,
    recommendations: reply.recommendations,
  }));

const REMARKS_SCHEMA = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      finding_ids: { type: 'array', items: { type: 'string' }, description: 'Ids such as F1; may be empty.' },
      text: { type: 'string' },
    },
    required: ['finding_ids', 'text'],
    additionalProperties: false,
  },
};
const PROSE_SCHEMA = {
  type: 'object',
  properties: {
    executive_summary: { type: 'string' },
    notable_findings: REMARKS_SCHEMA,
    recommendations: REMARKS_SCHEMA,
  },
  required: ['executive_summary', 'notable_findings', 'recommendations'],
  additionalProperties: false,
};

export interface ReportTurn {
  briefing: Briefing;
  deeper: Investigation;
  signal: AbortSignal;
}

/** A model's prose and its author, or null and why the built-in reporter has to write. */
export interface Written {
  prose: ModelProse | null;
  author: string;
  note: string | null;
  verification: Verification;
}

export interface ReporterDeps {
  /** null: the built-in reporter writes. */
  model: Model | null;
  prompts: Prompts;
  log: Log;
}

/** Why a report has no prose by a model, to end a sentence of ours. */
export function whyBuiltIn({ llm }: { llm: 'auto' | 'off' }, { model }: { model: Model | null }): string {
  if (llm === 'off') return 'the model was switched off for this analysis';
  return model === null ? 'no model configured' : 'the model could not be used';
}

/** Asks the model for its three sections, unless it has already refused. Never throws for a model's failure. */
export async function proseOf({ model, prompts, log }: ReporterDeps, turn: ReportTurn): Promise<Written> {
  const builtIn = { prose: null, author: BUILT_IN_REPORTER, verification: NO_VERIFICATION };
  if (model === null || !turn.deeper.modelUsable) return { ...builtIn, note: null };
  try {
    const prose = await writeProse(model, prompts, turn);
    if (prose !== null) return { prose, author: model.name, note: null, verification: NO_VERIFICATION };
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
  const output = deeper.succeeded ? (deeper.results.at(-1)?.stdout ?? '') : '';
  const reply = await model.complete({
    system: prompts.system('REPORTER_SYSTEM'),
    user: prompts.user('REPORTER_USER', {
      nonce: briefing.nonce,
      context: briefing.context,
      facts: briefing.facts,
      outcome: deeper.succeeded
        ? `The script worked (${deeper.planner}).`
        : 'No script worked; there are only the measured facts.',
      script_output: fencedOutput(output, briefing.nonce),
    }),
    schema: PROSE_SCHEMA,
    schemaName: 'report',
    maxTokens: MAX_REPLY_TOKENS,
    signal,
  });
  return parseReply(reply.text, Prose);
}
