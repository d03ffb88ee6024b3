import type { EvidenceCheck } from './evidence-check.ts';
import { FINDING_KINDS } from './finding-kinds.ts';
import { isNotable, type Finding } from './finding.ts';
import { adviceFor } from './recommendations.ts';
import { MAX_REMARK_CHARS, MAX_REMARKS, type Remark, type ReportInput } from './report-input.ts';
import { negatives } from './report-coverage.ts';
import { coverage } from './report-prose.ts';
import { SEVERITY_RULES } from './severity-rules.ts';
import { codeSpan, inlineText, prose, table } from './untrusted.ts';

const MAX_DETAILED = 60;

/**
 * Every finding of medium severity or worse with its evidence, whether or not the model spoke of it; the model's
 * words stand under the finding that they cite, and never change its severity, count or frames.
 */
export function notableFindings(input: ReportInput): string {
  const { findings } = input;
  const { kept: remarks, struck } = check(input.prose?.notableFindings ?? [], findings);
  const cited = new Set(remarks.flatMap((remark) => remark.findingIds));
  const detailed = findings
    .filter((finding) => isNotable(finding) || cited.has(finding.id))
    .slice(0, MAX_DETAILED);
  const brief = findings.filter((finding) => !detailed.includes(finding));
  const parts = [
    `${sourceLine(input)}${checkedLine(findings)}`,
    ...detailed.map((finding) => findingBlock(finding, remarks)),
  ];
  if (detailed.length === 0) {
    parts.push(
      `Nothing of medium or higher severity was found. That holds for what was looked at: ${coverage(input.facts)}`,
    );
  }
  if (brief.length > 0) parts.push('### Also seen', briefTable(brief));
  parts.push(...unboundRemarks(remarks));
  if (struck > 0)
    parts.push(`Remarks of the model struck because they cite findings that do not exist: ${struck}.`);
  parts.push(...leftOut(input), ...notConfirmed(input));
  parts.push(`Coverage: ${coverage(input.facts)}`);
  const looked = negatives(input.facts.coverage);
  if (looked !== null) parts.push(looked);
  return parts.join('\n\n');
}

function leftOut({ verification }: ReportInput): string[] {
  const ids = verification.leftOut.slice(0, 100);
  return ids.length === 0
    ? []
    : [`The model said nothing that holds on ${ids.join(', ')}: what stands there is measured.`];
}

/** Sentences of the model that nothing measured bears out. They are shown to be judged, and count for nothing. */
function notConfirmed({ verification: { notConfirmed: sentences, struck } }: ReportInput): string[] {
  if (sentences.length === 0) return [];
  const rows = sentences.map(({ section, text, reasons }) => [
    section,
    inlineText(text, 400),
    inlineText(reasons.join(' '), 600),
  ]);
  return [
    '### Not confirmed',
    `Struck from the model's prose, because measurement does not bear them out (${struck} claims). Do not rely on them.`,
    table(['Section', 'Sentence', 'Why'], rows),
  ];
}

function sourceLine({ prose: written, builtInBecause, authorship }: ReportInput): string {
  return written === null
    ? `Measured by Capwright's detectors; written by Capwright's built-in reporter, ${builtInBecause ?? 'no model configured'}.`
    : `Measured by Capwright's detectors; remarks marked "Model" are by ${inlineText(authorship.reporter)}.`;
}

/** How many filters, run again, showed what their findings say. */
function checkedLine(findings: readonly Finding[]): string {
  if (findings.length === 0) return '';
  const results = Map.groupBy(findings, ({ evidenceCheck }) => evidenceCheck.result);
  const of = (result: EvidenceCheck['result']): number => results.get(result)?.length ?? 0;
  const wrong = of('mismatch') === 0 ? '' : `, ${of('mismatch')} not borne out (confidence low)`;
  const open = of('not checked') === 0 ? '' : `, ${of('not checked')} not checked`;
  return ` The filter of each finding was run again in the sandbox: ${of('confirmed')} of ${findings.length} confirmed${wrong}${open}.`;
}

/** A finding with all its evidence; `whose` is the machine that it is about, where there are several. */
export function findingBlock(
  finding: Finding,
  remarks: readonly Remark[],
  { rank = '###', whose }: { rank?: string; whose?: string } = {},
): string {
  const counts = FINDING_KINDS[finding.kind].counts;
  const actors = addresses(finding.actor);
  const targets = addresses(finding.target);
  const lines = [
    ...(whose === undefined ? [] : [`- Seen at: ${whose}`]),
    `- Kind: ${codeSpan(finding.kind)}`,
    `- Confidence: ${finding.confidence}. ${inlineText(finding.because, 300)}`,
    `- Severity: ${finding.severity}, by the rule: ${inlineText(SEVERITY_RULES[finding.kind], 300)}`,
    `- Who: ${actors} → ${targets}${finding.ports.length > 0 ? `, port ${finding.ports.join(', ')}` : ''}`,
    `- Count: ${finding.count}${counts === null ? '' : ` ${counts}`}`,
    `- Frames: ${frames(finding)}`,
    `- Proof: ${codeSpan(finding.filter)}`,
    `- Proof checked: ${finding.evidenceCheck.result}. ${inlineText(finding.evidenceCheck.note)}`,
  ];
  const words = [inlineText(finding.explanation, 1_500)];
  if (finding.alternatives !== '') words.push(`Could also be: ${inlineText(finding.alternatives, 800)}`);
  if (finding.notChecked !== '') words.push(`Not looked at: ${inlineText(finding.notChecked, 800)}`);
  const said = remarks
    .filter((remark) => remark.findingIds[0] === finding.id)
    .map((remark) => `Model: ${prose(remark.text, MAX_REMARK_CHARS)}`);
  return [
    `${rank} ${finding.id} · ${finding.severity} · ${inlineText(finding.title)}`,
    lines.join('\n'),
    ...words,
    ...said,
  ].join('\n\n');
}

function addresses(list: readonly string[]): string {
  if (list.length === 0) return '–';
  const shown = list.slice(0, 8).map((address) => inlineText(address, 60));
  return list.length > 8 ? `${shown.join(', ')} and ${list.length - 8} more` : shown.join(', ');
}

const frames = (finding: Finding) => (finding.frames.length === 0 ? '–' : finding.frames.join(', '));

/** Findings in one line each, with their evidence; at most 100. */
export function briefTable(findings: readonly Finding[]): string {
  const rows = findings
    .slice(0, 100)
    .map((finding) => [
      finding.id,
      finding.severity,
      codeSpan(finding.kind),
      inlineText(finding.title),
      String(finding.count),
      finding.frames.slice(0, 5).join(', '),
      codeSpan(finding.filter, 300),
    ]);
  return table(['Id', 'Severity', 'Kind', 'Finding', 'Count', 'Frames', 'Proof'], rows);
}

/** A remark that cites a finding which doesn't exist is struck; what is left is bounded. */
function check(remarks: readonly Remark[], findings: readonly Finding[]): { kept: Remark[]; struck: number } {
  const ids = new Set(findings.map((finding) => finding.id));
  const kept = remarks.filter((remark) => remark.findingIds.every((id) => ids.has(id)));
  return { kept: kept.slice(0, MAX_REMARKS), struck: remarks.length - kept.length };
}

function unboundRemarks(remarks: readonly Remark[]): string[] {
  const free = remarks.filter((remark) => remark.findingIds.length === 0 && remark.text.trim() !== '');
  if (free.length === 0) return [];
  const texts = free.map((remark) => prose(remark.text, MAX_REMARK_CHARS));
  return ['### Remarks by the model that rest on no measured finding', ...texts];
}

export const ADVICE_NOT_MEASUREMENT =
  'Advice, not measurement: check each step against your environment before you take it.';

/** The next step for each notable finding; a model's advice is marked as such. */
export function recommendations({ findings, prose: written }: ReportInput): string {
  const lines: string[] = [ADVICE_NOT_MEASUREMENT];
  const { kept: advised } = check(written?.recommendations ?? [], findings);
  lines.push(
    ...advised.map((remark) => {
      const rest = remark.findingIds.length > 0 ? ` (${remark.findingIds.join(', ')})` : '';
      return `Model${rest}: ${prose(remark.text, MAX_REMARK_CHARS)}`;
    }),
  );
  const measured = bySameAdvice(findings.filter(isNotable).slice(0, MAX_DETAILED));
  if (measured.length > 0) lines.push(measured.join('\n'));
  if (measured.length === 0 && advised.length === 0) lines.push(nothingToDo(findings));
  return lines.join('\n\n');
}

function bySameAdvice(findings: readonly Finding[]): string[] {
  const groups = new Map<string, string[]>();
  for (const finding of findings) {
    const advice = adviceFor(finding);
    groups.set(advice, [...(groups.get(advice) ?? []), finding.id]);
  }
  return [...groups].map(([advice, ids], index) => `${index + 1}. **${ids.join(', ')}**: ${advice}`);
}

const nothingToDo = (findings: readonly Finding[]) =>
  findings.length === 0
    ? 'No step follows from this capture. If the problem persists, capture again while it happens, at both ends, without a filter.'
    : 'Nothing here is urgent. If the problem persists, capture again while it happens, and compare with the findings of low severity above.';
