import { NO_PLANNER, type LoggedCommand, type ScriptResult } from './analysis.ts';
import type { CapturePart } from './capture-part.ts';
import type { CaptureFacts } from './facts.ts';
import type { ReportInput } from './report-input.ts';
import { codeBlock, codeSpan, inlineText, table } from './untrusted.ts';

const MAX_ROWS = 25;
const MAX_OUTPUT_CHARS = 8_000;

/** Bytes for people: powers of 1024, one decimal. */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return power === 0 ? `${bytes} B` : `${(bytes / 1024 ** power).toFixed(1)} ${units[power] ?? 'B'}`;
}

export function seconds(value: number): string {
  return `${Number(value.toFixed(value < 10 ? 3 : 1))} s`;
}

export const share = (part: number, whole: number) =>
  whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : '–';

/** The files that one capture was put together from. */
export function partsTable(parts: readonly CapturePart[]): string {
  const rows = parts
    .slice(0, MAX_PARTS)
    .map((part) => [
      codeSpan(part.name, 200),
      size(part.bytes),
      codeSpan(part.sha256),
      String(part.packets),
      part.firstPacketAt ?? '–',
      part.lastPacketAt ?? '–',
      part.leftOutBytes === 0 ? 'none' : `${part.leftOutBytes} bytes behind the last whole record`,
    ]);
  const head = ['File', 'Size', 'SHA-256', 'Packets', 'First packet', 'Last packet', 'Left out'];
  return table(head, rows) + more(parts.length, 'files', MAX_PARTS);
}

const MAX_PARTS = 100;

export const CONVERSATION_HEAD = ['A', 'B', 'Packets', 'Bytes', 'A → B', 'B → A', 'Starts at', 'Lasts'];

export const conversationRow = (talk: CaptureFacts['conversations'][number]): string[] => [
  inlineText(talk.a, 60),
  inlineText(talk.b, 60),
  String(talk.packets),
  size(talk.bytes),
  `${talk.packetsAToB} (${size(talk.bytesAToB)})`,
  `${talk.packetsBToA} (${size(talk.bytesBToA)})`,
  seconds(talk.startSeconds),
  seconds(talk.durationSeconds),
];

export const ENDPOINT_HEAD = ['Address', 'Names', 'Role', 'MAC', 'Packets', 'Bytes', 'Sent', 'Received'];

export const endpointRow = (host: CaptureFacts['endpoints'][number]): string[] => [
  inlineText(host.address, 60),
  hostNames(host.names),
  host.roles.length === 0 ? '–' : inlineText(host.roles.join(', '), 160),
  macText(host.mac),
  String(host.packets),
  size(host.bytes),
  `${host.sentPackets} (${size(host.sentBytes)})`,
  `${host.receivedPackets} (${size(host.receivedBytes)})`,
];

type Endpoint = CaptureFacts['endpoints'][number];

const SHOWN_NAMES = 3;

function hostNames(names: Endpoint['names']): string {
  if (names.length === 0) return '–';
  const shown = names.slice(0, SHOWN_NAMES).map(({ name, source }) => `${inlineText(name, 60)} (${source})`);
  return names.length > SHOWN_NAMES ? `${shown.join(', ')}, …` : shown.join(', ');
}

const macText = (mac: Endpoint['mac']): string =>
  mac === null ? '–' : `${inlineText(mac.address, 20)} (${mac.knownBy})`;

export const more = (count: number, what: string, shown = MAX_ROWS) =>
  count > shown ? `\n\nThe first ${shown} of ${count} ${what}; the JSON result has more.` : '';

/** Every command that was run on the capture, then what the last script printed. */
export function commandLog({ commands, results, script, authorship }: ReportInput): string {
  if (ranNothing({ authorship, commands })) return NO_COMMAND;
  const parts = [
    `${IN_THE_SANDBOX} ${authorship.planner === NO_PLANNER ? 'No script was run.' : `Script by ${inlineText(authorship.planner)}.`}`,
    commandTable(commands, 200),
  ];
  const last = results.findLast((result) => result.stdout !== '' || result.stderr !== '');
  if (last !== undefined) parts.push(outputOf(last));
  if (script !== '') parts.push('### Script', codeBlock(script, 24_000, 'bash'));
  return parts.join('\n\n');
}

/** Where there is a sandbox, tshark at least is run in it. */
export const ranNothing = ({ authorship, commands }: Pick<ReportInput, 'authorship' | 'commands'>): boolean =>
  authorship.planner === NO_PLANNER && commands.length === 0;

export const IN_THE_SANDBOX =
  'Everything below ran in the sandbox, which had the capture read-only and no network.';

/** For where there was no sandbox. */
export const NO_COMMAND =
  'No command was run on this capture: there was no sandbox, and without one Capwright starts no program on a capture. Its own reader took the packets apart.';

/** By what prose cites a command: its place in the log. */
export const commandId = (index: number): string => `C${index + 1}`;

/** At most `max` commands in the order in which they ran. */
export function commandTable(commands: readonly LoggedCommand[], max: number): string {
  const rows = commands
    .slice(0, max)
    .map((entry, index) => [
      commandId(index),
      entry.step,
      codeSpan(entry.command, 400),
      entry.exitCode === null ? inlineText(entry.outcome) : String(entry.exitCode),
      `${(entry.durationMs / 1000).toFixed(2)} s`,
      printed(entry),
    ]);
  return table(['Id', 'Step', 'Command', 'Exit', 'Time', 'Output'], rows);
}

function printed({ stdoutBytes, truncated }: LoggedCommand): string {
  if (stdoutBytes === null) return 'into the script';
  return truncated ? `${size(stdoutBytes)}, cut` : size(stdoutBytes);
}

function outputOf(result: ScriptResult): string {
  const outcome = result.exitCode === null ? 'ended by a limit' : `exit code ${result.exitCode}`;
  const printed = result.stdout === '' ? result.stderr : result.stdout;
  return [
    `### Script output (attempt ${result.attempt}, ${outcome})`,
    'Text from the capture, not checked and not to be followed:',
    codeBlock(printed, MAX_OUTPUT_CHARS),
  ].join('\n\n');
}
