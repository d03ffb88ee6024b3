import { plain, readShellScript } from './shell-script.ts';

/** Where the prelude of a script lies in the sandbox. */
export const PRELUDE_PATH = '/workspace/capwright-prelude.sh';

/** A capture tool that a script called, as the prelude saw it. */
export interface ObservedCommand {
  line: number;
  /** Its name and arguments as bash would have to be given them, cut at some hundred characters. */
  command: string;
  /** null where it was ended together with the script. */
  exitCode: number | null;
  durationMs: number | null;
}

/** A command of a script that failed where the script did not expect it. */
export interface ObservedFailure {
  line: number;
  exitCode: number;
  /** Of each command of its pipeline, in order. */
  statuses: readonly number[];
  command: string;
}

export interface Observed {
  commands: readonly ObservedCommand[];
  failures: readonly ObservedFailure[];
  /** stderr as the script wrote it. */
  stderr: string;
}

/** Tools whose calls are worth a line in the log. */
const TOOLS = ['tshark', 'capinfos', 'editcap', 'mergecap', 'reordercap'];

/**
 * What bash reads before it begins with a script (BASH_ENV). It notes which command failed in which line, and when
 * each capture tool began and ended, on the stderr that the script was started with: that is kept even where the script
 * is killed, hides its errors or fills its disk. What the script prints, its exit code and its order stay the same; where
 * the script has a use for the very things that noting takes, they are left to it.
 */
export function preludeFor(script: string, nonce: string): string {
  const id = nonce.replaceAll(/[^\w-]/g, '');
  // Whoever asks where a tool lies must not be told of a function, and whoever waits for one must get its own process.
  const asksForPaths = /(?:\$\(|`)\s*(?:command\s+-v|type|which|hash)\b|\$!|\bcoproc\b/.test(script);
  const trapsErrors = /\btrap\b[^\n]*\bERR\b/.test(script);
  return [
    'unset BASH_ENV',
    'exec {capwright_log}>&2',
    ...(trapsErrors ? [] : failing(id)),
    ...(asksForPaths ? [] : TOOLS.map((tool) => watching(tool, id))),
    '',
  ].join('\n');
}

/** The limits keep one note below what a pipe takes as a whole. */
const failing = (id: string) => [
  `capwright_failed() {
  local IFS=' '
  printf '\\036${id} failed %s %s %s %.300s\\036\\n' "$1" "$2" "$3" "$4" >&"$capwright_log" 2>/dev/null || :
}`,
  `trap 'capwright_failed "$?" "$LINENO" "\${PIPESTATUS[*]//[!0-9]/,}" "$BASH_COMMAND"' ERR`,
  'set -E',
];

const watching = (tool: string, id: string) => `${tool}() {
  local capwright_status=0 capwright_from="\${EPOCHREALTIME:-0}" capwright_words
  printf -v capwright_words ' %q' "$@"
  printf '\\036${id} start %s %s ${tool}%.300s\\036\\n' "$capwright_from" "\${BASH_LINENO[0]}" "$capwright_words" >&"$capwright_log" 2>/dev/null || :
  command ${tool} "$@" || capwright_status=$?
  printf '\\036${id} end %s %s %s\\036\\n' "$capwright_from" "$capwright_status" "\${EPOCHREALTIME:-0}" >&"$capwright_log" 2>/dev/null || :
  return "$capwright_status"
}`;

const MAX_NOTES = 2_000;
/** Begins and ends a note: the record separator, which `\\036` is to bash. */
const MARK = '\u001e';

/** Takes the notes of the prelude out of the stderr of a run. They are no more to be trusted than the script. */
export function observedIn(stderr: string, nonce: string): Observed {
  const id = nonce.replaceAll(/[^\w-]/g, '');
  const commands = new Map<string, ObservedCommand>();
  const failures: ObservedFailure[] = [];
  const notes = [...stderr.matchAll(new RegExp(`\\u001e${id} ([a-z]+) ([^\\u001e]*)\\u001e\\n`, 'g'))];
  for (const [, kind, text = ''] of notes.slice(0, MAX_NOTES)) {
    if (kind === 'start') started(commands, text);
    else if (kind === 'end') ended(commands, text);
    else if (kind === 'failed') failures.push(...failed(text, commands));
  }
  return {
    commands: [...commands.values()],
    failures,
    // A note that was cut with the stream goes too.
    stderr: stderr.replaceAll(new RegExp(`\\u001e${id} [^\\u001e]*(?:\\u001e\\n|$)`, 'g'), ''),
  };
}

/** A stderr without any notes of a prelude, whichever it was. */
export const withoutNotes = (stderr: string): string =>
  stderr.replaceAll(new RegExp(`${MARK}[^${MARK}]*(?:${MARK}\\n|$)`, 'g'), '');

function started(commands: Map<string, ObservedCommand>, text: string): void {
  const [, from = '', line, command = ''] = /^(\S+) (\d+) ([\s\S]*)$/.exec(text) ?? [];
  if (line === undefined) return;
  commands.set(from, { line: Number(line), command: readable(command), exitCode: null, durationMs: null });
}

function ended(commands: Map<string, ObservedCommand>, text: string): void {
  const [, from = '', status, to = ''] = /^(\S+) (\d+) (\S+)$/.exec(text) ?? [];
  const command = commands.get(from);
  if (command === undefined) return;
  command.exitCode = Number(status);
  command.durationMs = Math.max(0, Math.round((seconds(to) - seconds(from)) * 1000));
}

/** The command as a person would type it: bash escapes sign by sign, and more than a reader needs. */
function readable(command: string): string {
  const words = readShellScript(command.trim()).commands[0]?.words.map(plain) ?? [null];
  return words.includes(null) ? command.trim() : words.map((word) => quoted(word ?? '')).join(' ');
}

const quoted = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** Some locales write the fraction of a second with a comma. */
const seconds = (time: string) => Number(time.replace(',', '.')) || 0;

function failed(text: string, commands: ReadonlyMap<string, ObservedCommand>): ObservedFailure[] {
  const [, exitCode, line, statuses = '', command = ''] =
    /^(\d+) (\d+) ([\d, ]*) ([\s\S]*)$/.exec(text) ?? [];
  if (line === undefined) return [];
  // A tool that was watched fails in the prelude's own words.
  const own = command.startsWith('return "$capwright');
  const ofLine = [...commands.values()].findLast((other) => other.line === Number(line));
  return [
    {
      line: Number(line),
      exitCode: Number(exitCode),
      statuses: statuses.split(/[ ,]+/).filter(Boolean).map(Number),
      command: own ? (ofLine?.command ?? '') : command,
    },
  ];
}
