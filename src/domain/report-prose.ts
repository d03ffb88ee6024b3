import type { CaptureFacts } from './facts.ts';
import { SEVERITIES, type Finding } from './finding.ts';
import { withoutSummary } from './claims/check-prose.ts';
import { MAX_SUMMARY_CHARS, type ModelProse, type ReportInput } from './report-input.ts';
import { seconds, size } from './report-tables.ts';
import { inlineText, prose } from './untrusted.ts';

/** The summary: measured figures first, then the model's words, or the built-in reporter's. */
export function summarySection(input: ReportInput): string {
  const { authorship, context, prose: written } = input;
  const parts: string[] = [];
  if (input.partial !== null) parts.push(partialLine(input.partial));
  if (context !== null && context.trim() !== '') parts.push(`Question: ${inlineText(context, 1_000)}`);
  parts.push(figures(input));
  if (written === null) {
    parts.push(...topFindings(input.findings));
    parts.push(`Written by Capwright's built-in reporter, ${input.builtInBecause ?? 'no model configured'}.`);
  } else {
    parts.push(...byModel(written, input));
    parts.push(
      `Figures measured by Capwright; summary written by ${inlineText(authorship.reporter)}.${claimsLine(input)}`,
    );
  }
  if (authorship.note !== null) parts.push(`Note: ${inlineText(authorship.note, 1_000)}`);
  return parts.join('\n\n');
}

/** The model's summary, and what must stand in one and does not. */
function byModel(written: ModelProse, { findings }: ReportInput): string[] {
  const { executiveSummary } = written;
  if (executiveSummary.trim() === '') {
    return [
      "Nothing of the model's summary could be confirmed; measured findings in its place:",
      ...topFindings(findings),
    ];
  }
  const unnamed = withoutSummary(written, findings);
  return [
    prose(executiveSummary, MAX_SUMMARY_CHARS),
    ...(unnamed.length === 0 ? [] : ['Measured, and not named by the model above:', ...topFindings(unnamed)]),
  ];
}

/** How far the model's words can be relied on. */
function claimsLine({ verification: { claims, confirmed, struck } }: ReportInput): string {
  if (claims === 0) return '';
  const gone = struck === 0 ? '' : `; ${struck} were struck with their sentences, see Not confirmed`;
  return ` Its claims were checked against facts, findings and output: ${confirmed} of ${claims} confirmed${gone}.`;
}

/** Opens a report that does not cover everything, so that nobody takes what was not looked at for healthy. */
export const partialLine = (partial: string): string => `**Partial analysis.** ${inlineText(partial, 1_500)}`;

/** "Findings: 1 high, 3 low", or that there are none. */
export function countsBySeverity(findings: readonly Finding[]): string {
  const counted = SEVERITIES.toReversed()
    .map((severity) => ({
      severity,
      count: findings.filter((finding) => finding.severity === severity).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}`);
  return counted.length === 0 ? 'No findings' : `Findings: ${counted.join(', ')}`;
}

function figures({ facts, findings }: ReportInput): string {
  const { capture } = facts;
  return (
    `${capture.packets} packets (${size(capture.dataBytes)}) in ${seconds(capture.durationSeconds)}, ` +
    `${listed(facts.endpoints)} endpoints, ${listed(facts.conversations)} conversations. ${countsBySeverity(findings)}.`
  );
}

/** The facts list 200 at most, so a full list says only how many there are at least. */
const listed = (rows: readonly unknown[]) => (rows.length >= 200 ? 'at least 200' : String(rows.length));

function topFindings(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  const lines = findings.slice(0, 5).map((finding) => {
    const where = finding.frames.length > 0 ? ` (frames ${finding.frames.slice(0, 3).join(', ')})` : '';
    return `- **${finding.id}** ${finding.severity}: ${inlineText(finding.title)}${where}`;
  });
  const rest = findings.length - lines.length;
  if (rest > 0) lines.push(`- and ${rest} more under Notable Findings`);
  return [lines.join('\n')];
}

/** How much was looked at: without it, "nothing found" says nothing. */
export function coverage({ capture, notes }: CaptureFacts): string {
  const limits = [`${capture.packets} packets, ${seconds(capture.durationSeconds)} of traffic`];
  // Analyses of older versions have no verdict.
  if (capture.quality === null && capture.snappedPackets > 0) {
    limits.push(`${capture.snappedPackets} of them recorded only in part`);
  }
  limits.push(...(capture.quality?.verdict ?? []).map((sentence) => inlineText(sentence).replace(/\.$/, '')));
  if (capture.damaged !== null) limits.push(`the file is damaged: ${inlineText(capture.damaged)}`);
  limits.push(...notes.slice(0, 10).map((note) => inlineText(note).replace(/\.$/, '')));
  limits.push(
    'encrypted payload was not read, and traffic outside the capture point or its filter is unknown',
  );
  return `${limits.join('; ')}.`;
}
