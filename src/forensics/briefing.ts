import type { LoggedCommand } from '../domain/analysis.ts';
import type { CaptureFacts } from '../domain/facts.ts';
import type { Finding } from '../domain/finding.ts';
import { harmlessFacts, harmlessFindings, harmlessText } from '../domain/harmless.ts';
import type { ModelProse, Remark } from '../domain/report-input.ts';
import { commandId } from '../domain/report-tables.ts';
import { maskSecrets } from '../domain/secrets.ts';
import { modelFacts, type ModelFacts } from './model-facts.ts';
import { limitsOf } from './script-limits.ts';
import { bound, fence, stripControls, tail } from '../domain/untrusted.ts';

/** What facts and findings may take of a prompt. */
const FACTS_TOKENS = 12_000;
/** Nothing that fits the tokens comes near it. */
const MAX_FACTS_CHARS = 48_000;
const MAX_CONTEXT_CHARS = 4_000;
const MAX_OUTPUT_CHARS = 40_000;
const MAX_TAIL_CHARS = 4_000;
const MAX_SCRIPT_CHARS = 24_000;
const MAX_COMMANDS_CHARS = 24_000;
const MAX_REPLY_CHARS = 60_000;

/** Text of the turn, each piece bounded and fenced, for the placeholders of the user prompts. */
export interface Briefing {
  nonce: string;
  tools: string;
  context: string;
  /** With a sentence on what was left out of it. */
  facts: string;
  /** Size of the capture, and what a script can afford. */
  limits: string;
}

/** What a model is told about a capture: at most 12,000 tokens of facts by our estimate, and what did not fit. */
export function briefingOf(input: {
  nonce: string;
  tools: string;
  context: string | null;
  facts: CaptureFacts;
  findings: readonly Finding[];
  scriptTimeoutMs: number;
}): Briefing {
  const { nonce } = input;
  let facts: string | null = null;
  return {
    nonce,
    tools: bound(stripControls(input.tools), 2_000),
    context: fence(harmlessText(input.context ?? 'none given: find what is wrong'), {
      nonce,
      label: 'investigation-question',
      maxChars: MAX_CONTEXT_CHARS,
    }),
    /** Made when it is first read: many an analysis asks no model. */
    get facts() {
      facts ??= factsFor(input);
      return facts;
    },
    limits: limitsOf(input.facts.capture, input.scriptTimeoutMs),
  };
}

function factsFor({ nonce, facts, findings }: Parameters<typeof briefingOf>[0]): string {
  const told = modelFacts(harmlessFacts(facts), harmlessFindings(findings), FACTS_TOKENS);
  return `${fence(told.text, { nonce, label: 'measured-facts', maxChars: MAX_FACTS_CHARS })}\n\n${howComplete(told)}`;
}

function howComplete({ tokens, leftOut }: ModelFacts): string {
  const size = `These facts take about ${tokens} of at most ${FACTS_TOKENS} tokens (estimated).`;
  return leftOut.length === 0
    ? `${size} Nothing was left out but longer lists within a line.`
    : `${size} Left out for length, not for being absent: ${leftOut.join(', ')}.`;
}

/** The end of a stream of a failed script, where its errors stand. */
export function fencedTail(text: string, nonce: string, label: string): string {
  return fence(text === '' ? '(nothing)' : tail(text, MAX_TAIL_CHARS), {
    nonce,
    label,
    maxChars: 2 * MAX_TAIL_CHARS,
  });
}

/** Where a script failed: its own lines, and what tools said of them. */
export function fencedDetails(text: string, nonce: string): string {
  const shown = text === '' ? '(nothing more is known)' : maskSecrets(text);
  return fence(shown, { nonce, label: 'failure', maxChars: 2 * MAX_TAIL_CHARS });
}

/** A script by a model is fenced too: it may quote what stands in packets. */
export function fencedScript(script: string | null, nonce: string): string {
  const text = script ?? '(the reply held no script)';
  return fence(text, { nonce, label: 'previous-script', maxChars: MAX_SCRIPT_CHARS });
}

export function fencedOutput(text: string, nonce: string): string {
  return fence(text === '' ? '(nothing)' : text, {
    nonce,
    label: 'script-output',
    maxChars: MAX_OUTPUT_CHARS,
  });
}

const MAX_COMMANDS = 120;

/** What was run, by the ids that a report cites. Commands are fenced: a script by a model may quote packets. */
export function fencedCommands(commands: readonly LoggedCommand[], nonce: string): string {
  const lines = commands
    .slice(-MAX_COMMANDS)
    .map(
      ({ step, command, exitCode, outcome }, index) =>
        `${commandId(Math.max(commands.length - MAX_COMMANDS, 0) + index)} ${step}, ${exitCode === null ? outcome : `exit ${exitCode}`}: ${bound(command, 160)}`,
    );
  return fence(lines.join('\n') || '(none)', { nonce, label: 'commands', maxChars: MAX_COMMANDS_CHARS });
}

/** What is wrong with a report, one line each; the sentences are a model's and may quote packets. */
export function fencedProblems(problems: readonly string[], nonce: string): string {
  const text = problems
    .map((problem, index) => `${index + 1}. ${bound(harmlessText(problem), 1_200)}`)
    .join('\n');
  return fence(text, { nonce, label: 'problems', maxChars: MAX_COMMANDS_CHARS });
}

/** The reply that was checked. */
export function fencedReply(prose: ModelProse, nonce: string): string {
  const reply = {
    executive_summary: harmlessText(prose.executiveSummary),
    notable_findings: prose.notableFindings.map(asWritten),
    recommendations: prose.recommendations.map(asWritten),
  };
  return fence(JSON.stringify(reply), { nonce, label: 'previous-reply', maxChars: MAX_REPLY_CHARS });
}

const asWritten = ({ findingIds, commandIds, text }: Remark): object => ({
  finding_ids: findingIds.map(harmlessText),
  command_ids: commandIds.map(harmlessText),
  text: harmlessText(text),
});
