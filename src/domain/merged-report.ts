import { mergedAdvice, mergedNotable } from './merged-findings.ts';
import {
  counted,
  kindGroups,
  machineOf,
  mergedFindings,
  named,
  nounOf,
  partialOf,
  type KindGroup,
  type MergedInput,
} from './merged-input.ts';
import {
  mergedCommands,
  mergedConversations,
  mergedEndpoints,
  mergedOverview,
  mergedProtocols,
  missingSentence,
} from './merged-tables.ts';
import { toMarkdown } from './report.ts';
import { countsBySeverity, partialLine } from './report-prose.ts';
import { size } from './report-tables.ts';
import { codeSpan, inlineText } from './untrusted.ts';

const MAX_TOP_KINDS = 8;

/**
 * One report over several files, in the same 8 sections as that of one. It opens with who is missing, because what
 * nobody looked at must not pass for healthy; all of it is measured, and bounded whatever the files hold.
 */
export function renderMergedReport(input: MergedInput): string {
  return toMarkdown({
    'Executive Summary': summary(input),
    'Capture Overview': mergedOverview(input),
    Conversations: mergedConversations(input),
    Endpoints: mergedEndpoints(input),
    'Protocol Distribution': mergedProtocols(input),
    'Notable Findings': mergedNotable(input),
    Recommendations: mergedAdvice(input),
    'Command Log': mergedCommands(input),
  });
}

function summary(input: MergedInput): string {
  const { context, units, failed, missing } = input;
  const noun = nounOf(input);
  const parts: string[] = [];
  const partial = partialOf(units);
  if (partial !== null) parts.push(partialLine(partial));
  if (missing.length > 0) parts.push(missingSentence(missing));
  if (failed.length > 0) parts.push(failedSentence(input));
  if (context !== null && context.trim() !== '') parts.push(`Question: ${inlineText(context, 1_000)}`);
  const packets = units.reduce((sum, { analysis }) => sum + analysis.capture.packets, 0);
  const bytes = units.reduce((sum, { analysis }) => sum + analysis.capture.dataBytes, 0);
  const machines = new Set([...units, ...failed].map(machineOf)).size + missing.length;
  const looked = new Set(units.map(machineOf)).size;
  parts.push(
    `${inlineText(input.target)}: ${looked} of ${counted(machines, noun)} analysed, ${packets} packets (${size(bytes)}). ${countsBySeverity(mergedFindings(input))}.`,
  );
  const groups = kindGroups(input);
  if (groups.length > 0) {
    parts.push(groups.slice(0, MAX_TOP_KINDS).map(topLine).join('\n'));
  }
  if (groups.length > MAX_TOP_KINDS) {
    parts.push(`${groups.length - MAX_TOP_KINDS} more kinds stand under Notable Findings.`);
  }
  parts.push(
    `Figures measured by Capwright, which wrote this overview; what planner and reporter had to say about each ${noun} is in its own report.`,
  );
  const notes = units.filter(({ analysis }) => analysis.authorship.note !== null);
  const [first] = notes;
  if (first !== undefined) {
    parts.push(
      `Note on ${named(notes.map(({ label }) => label))}: ${inlineText(first.analysis.authorship.note ?? '', 1_000)}`,
    );
  }
  return parts.join('\n\n');
}

function failedSentence({ failed }: MergedInput): string {
  const each = failed
    .slice(0, 20)
    .map(({ label, failure }) => `${inlineText(label)} (${inlineText(failure.message)})`);
  const more = failed.length > each.length ? ` and ${failed.length - each.length} more` : '';
  return `**The analysis of ${counted(failed.length, 'file')} failed:** ${each.join(', ')}${more}. The files are kept; nothing below is about them.`;
}

function topLine({ kind, severity, shows, lacks, findings }: KindGroup): string {
  const [first] = findings;
  const names = named(shows, 5);
  const all = shows.length === 1 ? names : `all (${names})`;
  const who = lacks.length === 0 ? all : `${names}, not ${named(lacks, 5)}`;
  const example = first === undefined ? '' : `: ${inlineText(first.finding.title)} (${first.finding.id})`;
  return `- **${severity}** ${codeSpan(kind)} at ${who}${example}`;
}
