import { z } from 'zod';
import { stripControls } from '../domain/untrusted.ts';
import type { Model } from '../ports.ts';
import { type Briefing, fencedDetails, fencedScript, fencedTail } from './briefing.ts';
import { parseReply } from './parse-reply.ts';
import type { Failure } from './plan/failure.ts';
import type { Prompts } from './prompts.ts';

const MAX_SCRIPT_CHARS = 64_000;
const MAX_REPLY_TOKENS = 16_000;

const Plan = z.object({ script: z.string().trim().min(1) });
const PLAN_SCHEMA = {
  type: 'object',
  properties: { script: { type: 'string', description: 'The whole Bash script.' } },
  required: ['script'],
  additionalProperties: false,
};

/** A script to run, or in our own words why the reply held none. */
export type Proposal = { script: string } | { script: null; problem: string };

export interface FailedAttempt {
  attempt: number;
  attempts: number;
  /** null where the reply before held no script. */
  script: string | null;
  failure: Failure;
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** A model in the role of the planner. Both calls throw what the model port throws. */
export interface Planner {
  readonly name: string;
  plan(briefing: Briefing, signal: AbortSignal): Promise<Proposal>;
  repair(briefing: Briefing, failed: FailedAttempt, signal: AbortSignal): Promise<Proposal>;
}

export function createPlanner({ model, prompts }: { model: Model; prompts: Prompts }): Planner {
  const ask = async (user: string, signal: AbortSignal): Promise<Proposal> => {
    const reply = await model.complete({
      system: prompts.system('PLANNER_SYSTEM'),
      user,
      schema: PLAN_SCHEMA,
      schemaName: 'plan',
      maxTokens: MAX_REPLY_TOKENS,
      signal,
    });
    return proposalIn(reply.text);
  };
  return {
    name: model.name,
    plan: (briefing, signal) => ask(prompts.user('PLANNER_USER', { ...briefing }), signal),
    repair: (briefing, failed, signal) =>
      ask(
        prompts.user('PLANNER_REPAIR_USER', {
          ...briefing,
          attempt: String(failed.attempt),
          attempts: String(failed.attempts),
          problem: failed.failure.problem,
          details: fencedDetails(failed.failure.details, briefing.nonce),
          exit_code: failed.exitCode === null ? 'none' : String(failed.exitCode),
          stderr: fencedTail(failed.stderr, briefing.nonce, 'stderr'),
          stdout: fencedTail(failed.stdout, briefing.nonce, 'stdout'),
          previous_script: fencedScript(failed.script, briefing.nonce),
        }),
        signal,
      ),
  };
}

function proposalIn(reply: string): Proposal {
  const plan = parseReply(reply, Plan);
  if (plan === null) {
    return { script: null, problem: 'The reply was not a JSON object with the key "script".' };
  }
  const script = withHeader(plan.script);
  return script.length > MAX_SCRIPT_CHARS
    ? { script: null, problem: `The script was longer than ${MAX_SCRIPT_CHARS} characters.` }
    : { script };
}

const SHEBANG = '#!/usr/bin/env bash';
const STRICT = 'set -euo pipefail';

/**
 * The script as it is run: Unix line ends, no fence around it, the two header lines in their place, and no character in
 * it that a reader of the report would not see.
 */
export function withHeader(script: string): string {
  const unfenced = stripControls(script)
    .trim()
    .replace(/^```[a-z]*\n([\s\S]*?)\n```$/, '$1')
    .trim();
  const body = unfenced.replace(/^#!.*\n?/, '').replace(/^\s*set -euo pipefail *\n/, '');
  return `${SHEBANG}\n${STRICT}\n${body.trim()}\n`;
}
