import {
  counted,
  kindGroups,
  meaningOf,
  named,
  nounOf,
  type KindGroup,
  type MergedInput,
} from './merged-input.ts';
import { isNotable } from './finding.ts';
import { ADVICE_NOT_MEASUREMENT, briefTable, findingBlock } from './report-findings.ts';
import { adviceFor } from './recommendations.ts';
import { codeSpan, inlineText, table } from './untrusted.ts';

const MAX_DETAILED = 60;
const MAX_DETAILED_PER_KIND = 5;
const MAX_KINDS = 100;
const MAX_ADVICE = 60;

/**
 * What was found, by kind: which machines show it and which do not, then the findings with their evidence. Frames
 * and filters hold in the file of the machine that the finding names.
 */
export function mergedNotable(input: MergedInput): string {
  const noun = nounOf(input);
  const groups = kindGroups(input);
  const source = `Measured by Capwright's detectors in the file of each ${noun} by itself. A finding's id begins with its ${noun}; its frames and filter hold in that ${noun}'s file, and its own report tells more.`;
  if (groups.length === 0) {
    return [source, `Nothing was found in ${counted(input.units.length, noun)}.`, unknown(input)].join(
      '\n\n',
    );
  }
  const left = { detailed: MAX_DETAILED };
  const blocks = groups
    .filter(({ findings }) => findings.some(({ finding }) => isNotable(finding)))
    .map((group) => groupBlock(group, noun, left));
  const brief = groups.flatMap(({ findings }) =>
    findings.flatMap(({ finding }) => (isNotable(finding) ? [] : [finding])),
  );
  return [
    source,
    contrast(groups, noun),
    unknown(input),
    ...blocks,
    ...(brief.length === 0 ? [] : ['### Also seen', briefTable(brief), beyond(brief.length)]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** "Not shown" says something only where somebody looked. */
function unknown({ failed, missing }: MergedInput): string {
  const names = [...failed.map(({ label }) => label), ...missing.map(({ name }) => name)];
  return names.length === 0
    ? ''
    : `Not known for ${named(names, 50)}: nothing of theirs could be looked at, so they stand in neither column.`;
}

function contrast(groups: readonly KindGroup[], noun: string): string {
  const rows = groups
    .slice(0, MAX_KINDS)
    .map(({ kind, severity, shows, lacks, findings }) => [
      codeSpan(kind),
      severity,
      String(findings.length),
      `${shows.length} of ${shows.length + lacks.length}: ${named(shows)}`,
      named(lacks),
    ]);
  return table(['Kind', 'Worst', 'Findings', `${capital(noun)}s that show it`, 'Those that do not'], rows);
}

function groupBlock(group: KindGroup, noun: string, left: { detailed: number }): string {
  const notable = group.findings.filter(({ finding }) => isNotable(finding));
  const detailed = notable.slice(0, Math.min(MAX_DETAILED_PER_KIND, left.detailed));
  left.detailed -= detailed.length;
  const rest = notable.slice(detailed.length).map(({ finding }) => finding);
  return [
    `### ${codeSpan(group.kind)} · ${group.severity} · ${group.shows.length} of ${counted(group.shows.length + group.lacks.length, noun)}`,
    spread(group),
    ...detailed.map(({ finding, unit }) =>
      findingBlock(finding, [], {
        rank: '####',
        whose: `${inlineText(unit.label)}, frames of ${codeSpan(unit.analysis.capture.sha256)}`,
      }),
    ),
    ...(rest.length === 0 ? [] : [briefTable(rest), beyond(rest.length)]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** A fault of one machine and a fault of all have different causes: the first thing to read. */
function spread({ kind, shows, lacks }: KindGroup): string {
  const meaning = `${capital(meaningOf(kind))}.`;
  if (lacks.length === 0) {
    return `${meaning} Shown by all: ${named(shows)}.`;
  }
  return `${meaning} Shown by ${named(shows)}; not by ${named(lacks)}.`;
}

const beyond = (count: number): string =>
  count > 100 ? `${count - 100} more stand in the reports of their own files.` : '';

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The next step for each kind of notable finding, with what its spread over the machines suggests. */
export function mergedAdvice(input: MergedInput): string {
  const noun = nounOf(input);
  const notable = kindGroups(input).flatMap((group) =>
    group.findings.filter(({ finding }) => isNotable(finding)).map(({ finding }) => ({ group, finding })),
  );
  const lines = new Map<string, { ids: string[]; group: KindGroup }>();
  for (const { group, finding } of notable) {
    const advice = adviceFor(finding);
    const line = lines.get(advice) ?? { group, ids: [] };
    line.ids.push(finding.id);
    lines.set(advice, line);
  }
  const steps = [...lines]
    .slice(0, MAX_ADVICE)
    .map(
      ([advice, { ids, group }], index) => `${index + 1}. **${named(ids)}**: ${advice}${hint(group, noun)}`,
    );
  const missing = input.missing.map(({ name }) => name);
  const parts = [ADVICE_NOT_MEASUREMENT];
  if (missing.length > 0) {
    parts.push(
      `Look at ${named(missing)} first: check that they run, that the NetworkWatcherAgentLinux or -Windows extension is on them, and that they reach the storage account (outbound 443); then capture them again with include_instances.`,
    );
  }
  if (steps.length > 0) parts.push(steps.join('\n'));
  if (lines.size > MAX_ADVICE)
    parts.push(`${lines.size - MAX_ADVICE} more stand in the reports of their own files.`);
  if (parts.length === 1)
    parts.push(
      'No step follows from these captures. If the problem persists, capture again while it happens.',
    );
  return parts.join('\n\n');
}

function hint({ shows, lacks }: KindGroup, noun: string): string {
  if (noun !== 'instance' || lacks.length === 0) {
    return '';
  }
  return ` Compare ${named(shows, 3)} with ${named(lacks, 3)}, which ${lacks.length === 1 ? 'does' : 'do'} not show it.`;
}
