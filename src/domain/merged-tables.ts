import { NO_PLANNER, type Analysis } from './analysis.ts';
import type { Coverage } from './facts/coverage.ts';
import {
  counted,
  named,
  nounOf,
  type AnalyzedUnit,
  type FailedUnit,
  type MergedInput,
} from './merged-input.ts';
import {
  commandTable,
  CONVERSATION_HEAD,
  conversationRow,
  ENDPOINT_HEAD,
  endpointRow,
  IN_THE_SANDBOX,
  more,
  NO_COMMAND,
  partsTable,
  seconds,
  share,
  size,
  ranNothing,
} from './report-tables.ts';
import type { Instance } from './capture-plan.ts';
import { codeSpan, inlineText, table } from './untrusted.ts';

const MAX_UNITS = 200;
/** Rows of all machines together: a caller's model is shown the beginning of the report, and findings come later. */
const MAX_ROWS = 25;
const MAX_LOGGED_UNITS = 25;
const MAX_COMMANDS = 60;

/** Every machine with its file, those without one included, and what the files were put together from. */
export function mergedOverview(input: MergedInput): string {
  const noun = nounOf(input);
  const { units, failed, missing } = input;
  const rows = [...units.map(unitRow), ...failed.map(failedRow), ...missing.map(missingRow)];
  const head = ['Id', 'Name', 'File', 'SHA-256', 'Packets', 'Duration', 'First packet', 'Findings', 'State'];
  const reads = [...new Set(units.map(({ analysis }) => inlineText(analysis.sandbox).replace(/\.+$/, '')))];
  const lacks = [...new Set(units.flatMap(({ analysis }) => analysis.isolation.lacks))];
  const notes = [
    ...input.notes,
    ...units.flatMap(({ label, analysis }) =>
      [...(analysis.capture.quality?.verdict ?? []), ...analysis.notes, ...unjudged(analysis.coverage)].map(
        (note) => `${label}: ${note}`,
      ),
    ),
  ];
  const combined = units.filter(({ analysis }) => analysis.parts.length > 0);
  return [
    table(head, rows.slice(0, MAX_UNITS)) + more(rows.length, `${noun}s`, MAX_UNITS),
    ...(missing.length === 0 ? [] : [missingSentence(missing)]),
    `Read with ${reads.join('; ') || 'nothing'}. That isolation lacks: ${lacks.length === 0 ? 'nothing known.' : inlineText(lacks.join(' '), 1_000)} Each ${noun} has a report of its own in the same folder: ${named(
      units.map(({ reportPath }) => fileName(reportPath)),
      50,
    )}.`,
    notes
      .slice(0, 100)
      .map((note) => `- ${inlineText(note, 500)}`)
      .join('\n'),
    ...(combined.length === 0 ? [] : [SEVERAL_COMBINED]),
    ...combined
      .slice(0, MAX_LOGGED_UNITS)
      .map(({ label, analysis }) => `### Files of ${inlineText(label)}\n\n${partsTable(analysis.parts)}`),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** What the silence of a file says nothing about. */
const unjudged = (coverage: Coverage | null): string[] =>
  (coverage?.groups ?? [])
    .filter(({ state }) => state === 'not_judged')
    .map(({ group, why }) => `Not judged: ${group}${why === null ? '' : ` (${why})`}.`);

const SEVERAL_COMBINED =
  'What counts as several files above was put together from those below, whole records only and in this order; they stay as they were delivered, and their hashes are the chain of custody. Frame numbers count through the file put together, whose hash stands above.';

/** What it means that they are missing, so that nobody takes silence for health. */
export function missingSentence(missing: readonly Instance[]): string {
  return `**No file came from ${counted(missing.length, 'instance')}: ${named(
    missing.map(({ name }) => name),
    MAX_UNITS,
  )}.** They could not capture or delivered nothing in time, so nothing in this report says anything about them: neither that they are healthy nor that they are not.`;
}

const fileName = (path: string): string => path.split(/[/\\]/).at(-1) ?? path;

function unitRow({ instance, label, analysis }: AnalyzedUnit): string[] {
  const { capture, parts, findings } = analysis;
  return [
    inlineText(instance?.id ?? '–'),
    inlineText(label),
    parts.length === 0
      ? `${capture.format}, ${size(capture.bytes)}`
      : `${parts.length} files, ${size(capture.bytes)}`,
    codeSpan(capture.sha256),
    String(capture.packets),
    seconds(capture.durationSeconds),
    capture.firstPacketAt ?? '–',
    String(findings.length),
    capture.damaged === null ? 'analysed' : `analysed; damaged: ${inlineText(capture.damaged)}`,
  ];
}

const failedRow = ({ instance, label, failure }: FailedUnit): string[] => [
  inlineText(instance?.id ?? '–'),
  inlineText(label),
  ...Array.from({ length: 6 }, () => '–'),
  `**not analysed**: ${inlineText(failure.message)}`,
];

const missingRow = ({ id, name }: Instance): string[] => [
  inlineText(id),
  inlineText(name),
  '**no file**',
  ...Array.from({ length: 5 }, () => '–'),
  'missing',
];

const counts =
  'Counted in each file by itself: what passes between two of these machines stands in the rows of both.';

export function mergedConversations(input: MergedInput): string {
  const all = input.units
    .flatMap(({ label, analysis }) => analysis.conversations.map((talk) => ({ label, talk })))
    .toSorted((a, b) => b.talk.bytes - a.talk.bytes);
  if (all.length === 0) return 'No conversations between network addresses were found in these captures.';
  const rows = all.slice(0, MAX_ROWS).map(({ label, talk }) => [inlineText(label), ...conversationRow(talk)]);
  return `${counts} "Starts at" counts from the first packet of that file.\n\n${table([whose(input), ...CONVERSATION_HEAD], rows)}${more(all.length, 'conversations', MAX_ROWS)}`;
}

export function mergedEndpoints(input: MergedInput): string {
  const all = input.units
    .flatMap(({ label, analysis }) => analysis.endpoints.map((host) => ({ label, host })))
    .toSorted((a, b) => b.host.bytes - a.host.bytes);
  if (all.length === 0) return 'No network addresses were found in these captures.';
  const rows = all.slice(0, MAX_ROWS).map(({ label, host }) => [inlineText(label), ...endpointRow(host)]);
  return `${counts}\n\n${table([whose(input), ...ENDPOINT_HEAD], rows)}${more(all.length, 'endpoints', MAX_ROWS)}`;
}

const whose = (input: MergedInput): string => (nounOf(input) === 'instance' ? 'Instance' : 'File');

export function mergedProtocols(input: MergedInput): string {
  const { units } = input;
  const packets = units.reduce((sum, { analysis }) => sum + analysis.capture.packets, 0);
  const bytes = units.reduce((sum, { analysis }) => sum + analysis.capture.dataBytes, 0);
  const sums = protocolSums(units);
  if (sums.length === 0) return 'No protocols were recognised in these captures.';
  const rows = sums
    .slice(0, MAX_ROWS)
    .map((sum) => [
      codeSpan(sum.protocol, 120),
      String(sum.packets),
      share(sum.packets, packets),
      size(sum.bytes),
      share(sum.bytes, bytes),
      `${sum.seenBy} of ${units.length}`,
    ]);
  const head = ['Protocol', 'Packets', 'of packets', 'Bytes', 'of bytes', `${whose(input)}s`];
  return `Summed over ${counted(units.length, 'file')}: what passes between two of these machines is counted at both.\n\n${table(head, rows)}${more(sums.length, 'protocols', MAX_ROWS)}`;
}

/** Packets and bytes of each protocol over all files, most packets first. */
export function protocolSums(units: readonly AnalyzedUnit[]) {
  const sums = new Map<string, { protocol: string; packets: number; bytes: number; seenBy: number }>();
  for (const { protocol, packets, bytes } of units.flatMap(({ analysis }) => analysis.protocols)) {
    const sum = sums.get(protocol) ?? { protocol, packets: 0, bytes: 0, seenBy: 0 };
    sums.set(protocol, {
      protocol,
      packets: sum.packets + packets,
      bytes: sum.bytes + bytes,
      seenBy: sum.seenBy + 1,
    });
  }
  return [...sums.values()].toSorted((a, b) => b.packets - a.packets);
}

function scriptLine({ planner, scriptSucceeded }: Analysis['authorship']): string {
  if (planner === NO_PLANNER) return 'No script was run.';
  const outcome = scriptSucceeded ? 'succeeded' : 'did not succeed';
  return `Script by ${inlineText(planner)}, ${outcome}; its text and output are in the report of this file.`;
}

export function mergedCommands({ units, failed }: MergedInput): string {
  const ran = units.filter(({ analysis }) => !ranNothing(analysis));
  const logs = ran
    .slice(0, MAX_LOGGED_UNITS)
    .map(({ label, analysis }) =>
      [
        `### ${inlineText(label)}`,
        scriptLine(analysis.authorship),
        commandTable(analysis.commands, MAX_COMMANDS),
      ].join('\n\n'),
    );
  const parts =
    ran.length === 0 ? [NO_COMMAND] : [`${IN_THE_SANDBOX} Each file had a sandbox of its own.`, ...logs];
  if (ran.length > MAX_LOGGED_UNITS) {
    parts.push(`The commands of the other ${ran.length - MAX_LOGGED_UNITS} are in their own reports.`);
  }
  if (ran.length > 0 && ran.length < units.length) {
    const without = units.filter((unit) => !ran.includes(unit)).map(({ label }) => label);
    parts.push(`No command ran on ${named(without)}: there was no sandbox any more.`);
  }
  if (failed.length > 0) {
    parts.push(
      `Ended early, without a report: ${named(
        failed.map(({ label }) => label),
        50,
      )}.`,
    );
  }
  return parts.join('\n\n');
}
