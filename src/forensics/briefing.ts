import type { LoggedCommand } from '../domain/analysis.ts';
import type { CaptureFacts } from '../domain/facts.ts';
import type { Finding } from '../domain/finding.ts';
import { harmlessFacts, harmlessFindings, harmlessText } from '../domain/harmless.ts';
import type { ModelProse, Remark } from '../domain/report-input.ts';
import { commandId } from '../domain/report-tables.ts';
import { maskSecrets } from '../domain/secrets.ts';
import { bound, fence, stripControls, tail } from '../domain/untrusted.ts';

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
  facts: string;
}

/** What a model is told about a capture: about 12,000 tokens of facts at most. */
export function briefingOf(input: {
  nonce: string;
  tools: string;
  context: string | null;
  facts: CaptureFacts;
  findings: readonly Finding[];
}): Briefing {
  const { nonce } = input;
  return {
    nonce,
    tools: bound(stripControls(input.tools), 2_000),
    context: fence(harmlessText(input.context ?? 'none given: find what is wrong'), {
      nonce,
      label: 'investigation-question',
      maxChars: MAX_CONTEXT_CHARS,
    }),
    facts: fence(compact(harmlessFacts(input.facts), harmlessFindings(input.findings)), {
      nonce,
      label: 'measured-facts',
      maxChars: MAX_FACTS_CHARS,
    }),
  };
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

/** Findings first: should the bound cut, it cuts the least telling rows. */
function compact(facts: CaptureFacts, findings: readonly Finding[]): string {
  const lines = [
    { findings: findings.length },
    ...findings.slice(0, 50).map(({ matching: _matching, times: _times, evidenceCheck, ...finding }) => ({
      ...finding,
      frames: finding.frames.slice(0, 8),
      evidence: evidenceCheck.result,
    })),
    { capture: { ...facts.capture, interfaces: facts.capture.interfaces.slice(0, 2) } },
    { tcp: facts.tcp },
    { dns: fewer(facts.dns) },
    { notes: facts.notes.slice(0, 20) },
    ...notJudged(facts),
    ...PARTS.flatMap((part) => (facts[part] === null ? [] : [{ [part]: fewer(facts[part]) }])),
    { conversations: facts.conversations.length, shown: facts.conversations.slice(0, 20) },
    { endpoints: facts.endpoints.length, shown: facts.endpoints.slice(0, 25) },
    { protocols: facts.protocols.length, shown: facts.protocols.slice(0, 40) },
  ];
  return lines.map((line) => JSON.stringify(line)).join('\n');
}

/** Protocols and sizes, the commonest first: only those that were seen have a line. */
const PARTS = [
  'sizes',
  'tls',
  'http',
  'logins',
  'windows',
  'icmp',
  'resolution',
  'dhcp',
  'voice',
  'wifi',
  'industrial',
  'quic',
] as const satisfies readonly (keyof CaptureFacts)[];

const ROWS_PER_LIST = 6;

/** The same facts with the first few rows of each of their lists; how many there are stays beside them. */
function fewer(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, ROWS_PER_LIST).map(fewer);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fewer(inner)]));
}

/** Groups of problems whose absence says little: a model must not take them for ruled out. */
function notJudged({ coverage }: CaptureFacts): object[] {
  if (coverage === null) return [];
  const { groups, filter, payload } = coverage;
  const weak = groups.filter(({ state }) => state === 'limited' || state === 'not_judged');
  return [
    { coverage: { filter, payload, weak: weak.map(({ group, state, why }) => ({ group, state, why })) } },
  ];
}
