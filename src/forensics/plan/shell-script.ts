import { advance, type Cursor, readWord, rest, type ShellWord, skipped } from './shell-word.ts';

export interface ShellCommand {
  line: number;
  /** Its name and arguments, without redirections and assignments. */
  words: readonly ShellWord[];
  /** The function in whose body it stands, or null. */
  within: string | null;
}

export interface Assignment {
  name: string;
  /** The elements where it is an array, one word or none otherwise. */
  words: readonly ShellWord[];
  isArray: boolean;
  appends: boolean;
  /** It happens exactly once: outside of loops, branches, functions and subshells. */
  always: boolean;
}

/** The commands of a Bash script, in the order in which they stand in it, those of substitutions too. */
export interface ShellScript {
  commands: readonly ShellCommand[];
  assignments: readonly Assignment[];
  functions: ReadonlySet<string>;
  /** Variables that get values which nobody can know beforehand: of loops, of `read`. */
  unknown: ReadonlySet<string>;
  /** What loops go over. */
  listed: readonly ShellWord[];
}

/** Reads a script whose syntax bash has found sound. Never throws; what it does not understand it passes over. */
export function readShellScript(text: string): ShellScript {
  const reader: Reader = {
    text,
    at: 0,
    line: 1,
    substituted: () => {
      reader.depth += 1;
      readList(reader, ')');
      reader.depth -= 1;
    },
    commands: [],
    assignments: [],
    functions: new Set(),
    unknown: new Set(),
    listed: [],
    depth: 0,
    within: [],
    documents: [],
  };
  readList(reader, null);
  return reader;
}

interface Reader extends Cursor {
  commands: ShellCommand[];
  assignments: Assignment[];
  functions: Set<string>;
  unknown: Set<string>;
  listed: ShellWord[];
  /** Open loops, branches, groups and subshells. */
  depth: number;
  /** Functions whose bodies are open, with the depth at which each begins. */
  within: { name: string; depth: number }[];
  /** Here-documents whose text begins on the next line. */
  documents: { mark: string; tabs: boolean }[];
}

const OPENS = new Set(['if', 'for', 'while', 'until', 'case', 'select', '{']);
const CLOSES = new Set(['fi', 'done', 'esac', '}']);
const GOES_ON = new Set(['then', 'else', 'elif', 'do', '!', 'time', 'coproc']);

function readList(reader: Reader, end: ')' | ';;' | null): void {
  let open = 0;
  while (reader.at < reader.text.length) {
    const char = reader.text[reader.at] ?? '';
    if (char === end && open === 0) return;
    if (end === ';;' && (/^;[;&]/.test(rest(reader, 2)) || /^esac\b/.test(rest(reader, 5)))) return;
    if (char === '\n') newline(reader);
    else if (char === '#') comment(reader);
    else if (rest(reader, 2) === '((') skipped(reader, '))');
    else if (char === '(' || char === ')') {
      open += char === '(' ? 1 : -1;
      reader.depth = Math.max(0, reader.depth + (char === '(' ? 1 : -1));
      advance(reader);
    } else if (isRedirection(reader) || !' \t;&|'.includes(char)) readCommand(reader);
    else advance(reader);
  }
}

function newline(reader: Reader): void {
  advance(reader);
  for (const { mark, tabs } of reader.documents.splice(0)) {
    for (;;) {
      const end = reader.text.indexOf('\n', reader.at);
      const line = reader.text.slice(reader.at, end < 0 ? undefined : end);
      advance(reader, line.length + 1);
      if (end < 0 || (tabs ? line.replace(/^\t+/, '') : line) === mark) break;
    }
  }
}

function comment(reader: Reader): void {
  const end = reader.text.indexOf('\n', reader.at);
  advance(reader, (end < 0 ? reader.text.length : end) - reader.at);
}

const REDIRECTION = /^(?:\d+|\{\w+\})?(?:<<<|<<-?|<>|>>|>\||[<>]&|&>>?|[<>](?!\())/;
const isRedirection = (reader: Reader) => REDIRECTION.test(rest(reader, 40));

function readCommand(reader: Reader): void {
  const words: ShellWord[] = [];
  const { line } = reader;
  for (;;) {
    while (' \t'.includes(reader.text[reader.at] ?? '\n') || rest(reader, 2) === '\\\n') {
      advance(reader, reader.text[reader.at] === '\\' ? 2 : 1);
    }
    if (isRedirection(reader)) {
      redirection(reader);
      continue;
    }
    if (assignment(reader, words)) continue;
    if (words.length > 0 && reader.text[reader.at] === '#') comment(reader);
    const word = readWord(reader);
    if (word === null) break;
    const name = words.length === 0 ? plain(word) : null;
    if (name !== null && keyword(reader, name)) return;
    words.push(word);
  }
  if (words.length === 1 && /^\(\s*\)/.test(rest(reader, 8))) defineFunction(reader, plain(words[0]));
  else if (words.length > 0) {
    reader.commands.push({ line, words, within: reader.within.at(-1)?.name ?? null });
    if (['read', 'mapfile', 'readarray', 'getopts', 'unset'].includes(plain(words[0]) ?? ''))
      for (const word of words.slice(1)) reader.unknown.add(plain(word) ?? '');
  } else if (reader.text[reader.at] !== undefined && '()'.includes(reader.text[reader.at] ?? '')) return;
  else if (reader.at < reader.text.length && !'\n;&|'.includes(reader.text[reader.at] ?? '')) advance(reader);
}

/** True where the word was one of the shell's own, and the command begins behind it. */
function keyword(reader: Reader, name: string): boolean {
  if (CLOSES.has(name)) {
    reader.depth = Math.max(0, reader.depth - 1);
    if ((reader.within.at(-1)?.depth ?? -1) >= reader.depth) reader.within.pop();
    return true;
  }
  if (OPENS.has(name)) reader.depth += 1;
  if (name === 'for' || name === 'select') loopVariable(reader);
  else if (name === 'case') cases(reader);
  else if (name === '[[') skipped(reader, ']]');
  else if (name === 'function') {
    advance(reader, /^\s*/.exec(rest(reader, 100))?.[0].length);
    defineFunction(reader, plain(readWord(reader)));
  } else return OPENS.has(name) || GOES_ON.has(name);
  return true;
}

function defineFunction(reader: Reader, name: string | null): void {
  if (name === null) return;
  advance(reader, /^\s*(?:\(\s*\))?/.exec(rest(reader, 100))?.[0].length);
  reader.functions.add(name);
  reader.within.push({ name, depth: reader.depth });
}

function loopVariable(reader: Reader): void {
  const head = /^\s*([A-Za-z_]\w*)/.exec(rest(reader, 200));
  if (head === null) return;
  reader.unknown.add(head[1] ?? '');
  advance(reader, head[0].length);
  while (!'\n;'.includes(reader.text[reader.at] ?? '\n')) {
    const word = readWord(reader);
    if (word === null) advance(reader);
    else reader.listed.push(word);
  }
}

/** `case WORD in`, then a pattern and its commands, again and again. */
function cases(reader: Reader): void {
  const head = /^[^\n]*?\sin(?=\s)/.exec(rest(reader, 2_000));
  if (head === null) return;
  advance(reader, head[0].length);
  for (;;) {
    while (/^(?:\s|;|&)/.test(rest(reader, 1))) advance(reader);
    if (reader.text[reader.at] === '#') {
      comment(reader);
      continue;
    }
    if (reader.at >= reader.text.length || /^esac\b/.test(rest(reader, 5))) return;
    pattern(reader);
    readList(reader, ';;');
  }
}

function pattern(reader: Reader): void {
  if (reader.text[reader.at] === '(') advance(reader);
  for (;;) {
    const char = reader.text[reader.at];
    if (char === undefined) return;
    if (char === ')') break;
    if (readWord(reader) === null) advance(reader);
  }
  advance(reader);
}

function redirection(reader: Reader): void {
  const operator = REDIRECTION.exec(rest(reader, 40))?.[0] ?? '';
  advance(reader, operator.length);
  while (' \t'.includes(reader.text[reader.at] ?? '\n')) advance(reader);
  const target = readWord(reader);
  if (/<<-?$/.test(operator) && target !== null) {
    reader.documents.push({ mark: plain(target) ?? '', tabs: operator.endsWith('-') });
  }
}

const DECLARES = new Set(['local', 'declare', 'typeset', 'readonly', 'export']);

/** Reads an assignment where one stands: before a command, or as an argument of `local` and the like. */
function assignment(reader: Reader, words: readonly ShellWord[]): boolean {
  if (words.length > 0 && !DECLARES.has(plain(words[0]) ?? '')) return false;
  const head = /^([A-Za-z_]\w*)(\[[^\]\n]*\])?(\+?)=/.exec(rest(reader, 200));
  const name = head?.[1];
  if (head === null || name === undefined) return false;
  advance(reader, head[0].length);
  const isArray = reader.text[reader.at] === '(';
  const values = isArray ? elements(reader) : [readWord(reader)].filter((word) => word !== null);
  if (head[2] !== undefined) reader.unknown.add(name);
  reader.assignments.push({
    name,
    words: values,
    isArray,
    appends: head[3] === '+',
    always: reader.depth === 0,
  });
  return true;
}

function elements(reader: Reader): ShellWord[] {
  const words: ShellWord[] = [];
  advance(reader);
  while (reader.at < reader.text.length && reader.text[reader.at] !== ')') {
    const char = reader.text[reader.at] ?? '';
    if (char === '#') comment(reader);
    const word = /\s/.test(char) || char === '#' ? null : readWord(reader);
    if (word === null) advance(reader);
    else words.push(word);
  }
  advance(reader);
  return words;
}

/** The text of a word that is written out in full; null for any other. */
export function plain(word: ShellWord | null | undefined): string | null {
  if (word === null || word === undefined) return null;
  let text = '';
  for (const part of word.parts) {
    if (!('text' in part)) return null;
    text += part.text;
  }
  return text;
}
