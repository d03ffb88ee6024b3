import { type Resolved, resolve } from './resolve.ts';
import { plain, type ShellCommand, type ShellScript } from './shell-script.ts';
import { type Option, optionsOf } from './tshark-options.ts';

/** One call of tshark as the script has it, as far as its arguments can be known before it runs. */
export interface TsharkCall {
  line: number;
  options: readonly Option[];
  /** Whether some of its arguments are not known. */
  partly: boolean;
}

/** What may stand before the name of a program that it then runs. */
const PREFIXES = new Set(['command', 'exec', 'env', 'nice', 'ionice', 'stdbuf', 'timeout', 'builtin']);

const isTshark = (word: Resolved) => word === 'tshark' || (word?.endsWith('/tshark') ?? false);

/** Every call of tshark in a script, those through functions of its own that hand their arguments on too. */
export function tsharkCalls(script: ShellScript): TsharkCall[] {
  const handsOn = new Set(
    script.commands
      .filter((command) => command.words.some((word) => word.parts.some(isArguments)))
      .filter((command) => argumentsOf(command, script, new Set()) !== null)
      .flatMap(({ within }) => (within === null ? [] : [within])),
  );
  return script.commands.flatMap((command) => {
    const words = argumentsOf(command, script, handsOn);
    if (words === null) return [];
    return [{ line: command.line, options: optionsOf(words), partly: words.includes(null) }];
  });
}

const isArguments = (part: object) => 'array' in part && part.array === '@';

/** The arguments for tshark in a command that calls it; null for any other command. */
function argumentsOf(
  { words, within }: ShellCommand,
  script: ShellScript,
  handsOn: ReadonlySet<string>,
): Resolved[] | null {
  const name = plain(words[0]);
  const resolved = resolve(words, script);
  if (isTshark(resolved[0] ?? null)) return resolved.slice(1);
  if (name === null) return null;
  const at = resolved.findIndex(isTshark);
  if (at > 0 && (PREFIXES.has(name) || script.functions.has(name))) {
    const isQuestion = resolved.slice(1, at).some((word) => word === '-v' || word === '-V');
    return isQuestion ? null : resolved.slice(at + 1);
  }
  if (!handsOn.has(name) || within === name) return null;
  // Such a function puts its own -r in front, and often takes a title first.
  const from = resolved.findIndex((word) => word?.startsWith('-') ?? false);
  return from < 0 ? null : [null, ...resolved.slice(from)];
}

/** Names of the programs that a script calls and never asks about, with the line of the first call. */
export function programsOf(script: ShellScript): Map<string, number> {
  const names = new Map<string, number>();
  const lists = [...script.listed, ...script.assignments.flatMap(({ words }) => words)];
  const mentioned = new Set(lists.map((word) => plain(word) ?? ''));
  for (const { words, line } of script.commands) {
    const name = plain(words[0]);
    if (name !== null && /^[A-Za-z][\w.+-]*$/.test(name) && !script.functions.has(name)) {
      if (!names.has(name)) names.set(name, line);
    }
    // `command -v jq`, `have jq`, `timeout 9 jq`: whoever names a tool as an argument may well see to its absence.
    for (const word of words.slice(1)) mentioned.add(plain(word) ?? '');
  }
  for (const name of mentioned) names.delete(name);
  return names;
}
