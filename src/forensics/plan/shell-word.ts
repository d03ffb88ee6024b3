/*
 * Reads the words of a Bash script as far as their text can be known without running it. Whatever it does not
 * understand becomes `unknown`: a reader that guesses would refuse scripts that are right.
 */

export type WordPart =
  | { text: string }
  | { variable: string; quoted: boolean }
  /** All elements of an array, or of the arguments where it is called `@`. */
  | { array: string }
  | { unknown: true };

export interface ShellWord {
  line: number;
  parts: readonly WordPart[];
}

/** Where in the script the reading is. */
export interface Cursor {
  readonly text: string;
  at: number;
  line: number;
  /** Reads the commands of a substitution up to its closing parenthesis, which it leaves unread. */
  readonly substituted: () => void;
}

const UNKNOWN: WordPart = { unknown: true };
/** What ends a word that is not quoted. */
const ENDS = ' \t\n;&|()<>';

/** Moves on by so many characters, counting lines. */
export function advance(cursor: Cursor, characters = 1): void {
  const end = Math.min(cursor.at + characters, cursor.text.length);
  for (; cursor.at < end; cursor.at += 1) if (cursor.text[cursor.at] === '\n') cursor.line += 1;
}

export const rest = ({ text, at }: Cursor, characters: number): string => text.slice(at, at + characters);

/** The word that begins here; null where none does. A substituted process is a word too. */
export function readWord(cursor: Cursor): ShellWord | null {
  const { line } = cursor;
  const parts: WordPart[] = [];
  for (;;) {
    const char = cursor.text[cursor.at];
    if (char === undefined) break;
    if (/^[<>]\(/.test(rest(cursor, 2))) {
      advance(cursor, 2);
      parts.push(closed(cursor));
    } else if (ENDS.includes(char)) break;
    else if (char === "'") parts.push(singleQuoted(cursor));
    else if (char === '"') parts.push(...doubleQuoted(cursor));
    else if (char === '\\') escaped(cursor, parts);
    else if (char === '$' || char === '`') parts.push(expansion(cursor, false));
    else {
      parts.push({ text: char });
      advance(cursor);
    }
  }
  return parts.length === 0 ? null : { line, parts };
}

function escaped(cursor: Cursor, parts: WordPart[]): void {
  const next = cursor.text[cursor.at + 1] ?? '';
  advance(cursor, 2);
  if (next !== '\n') parts.push({ text: next });
}

function singleQuoted(cursor: Cursor): WordPart {
  const end = cursor.text.indexOf("'", cursor.at + 1);
  if (end < 0) return unfinished(cursor);
  const text = cursor.text.slice(cursor.at + 1, end);
  advance(cursor, end + 1 - cursor.at);
  return { text };
}

/** What never ends is read to the end of the script, and bash -n says so. */
function unfinished(cursor: Cursor): WordPart {
  advance(cursor, cursor.text.length);
  return UNKNOWN;
}

function doubleQuoted(cursor: Cursor): WordPart[] {
  // An empty string is a word all the same.
  const parts: WordPart[] = [{ text: '' }];
  advance(cursor);
  for (;;) {
    const char = cursor.text[cursor.at];
    if (char === undefined) return [UNKNOWN];
    if (char === '"') break;
    if (char === '\\') {
      const next = cursor.text[cursor.at + 1] ?? '';
      advance(cursor, 2);
      if (next !== '\n') parts.push({ text: '$`"\\'.includes(next) ? next : `\\${next}` });
    } else if (char === '$' || char === '`') parts.push(expansion(cursor, true));
    else {
      parts.push({ text: char });
      advance(cursor);
    }
  }
  advance(cursor);
  return parts;
}

function expansion(cursor: Cursor, quoted: boolean): WordPart {
  if (cursor.text[cursor.at] === '`') {
    advance(cursor);
    return skipped(cursor, '`');
  }
  const next = cursor.text[cursor.at + 1] ?? '';
  if (rest(cursor, 3) === '$((') return skipped(cursor, '))');
  if (next === '(') {
    advance(cursor, 2);
    return closed(cursor);
  }
  if (next === '{') return braced(cursor, quoted);
  if (next === "'" && !quoted) return ansiQuoted(cursor);
  const name = /^\$([A-Za-z_]\w*)/.exec(rest(cursor, 200))?.[1];
  if (name !== undefined) {
    advance(cursor, name.length + 1);
    return { variable: name, quoted };
  }
  if (next === '@' || next === '*') {
    advance(cursor, 2);
    return { array: '@' };
  }
  const isParameter = /[\d#?$!-]/.test(next);
  advance(cursor, isParameter ? 2 : 1);
  return isParameter ? UNKNOWN : { text: '$' };
}

function closed(cursor: Cursor): WordPart {
  cursor.substituted();
  advance(cursor);
  return UNKNOWN;
}

/** Past the next `end`: nobody needs the text of arithmetic, and scripts hardly use backticks. */
export function skipped(cursor: Cursor, end: string): WordPart {
  const at = cursor.text.indexOf(end, cursor.at);
  advance(cursor, at < 0 ? cursor.text.length : at + end.length - cursor.at);
  return UNKNOWN;
}

function braced(cursor: Cursor, quoted: boolean): WordPart {
  let depth = 0;
  const from = cursor.at + 2;
  for (let at = cursor.at + 1; at < cursor.text.length; at += 1) {
    const char = cursor.text[at];
    if (char === '\\') at += 1;
    else if (char === '{') depth += 1;
    else if (char === '}') {
      depth -= 1;
      if (depth > 0) continue;
      const inside = cursor.text.slice(from, at);
      advance(cursor, at + 1 - cursor.at);
      return parameter(inside, quoted);
    }
  }
  return unfinished(cursor);
}

function parameter(inside: string, quoted: boolean): WordPart {
  if (/^[A-Za-z_]\w*$/.test(inside)) return { variable: inside, quoted };
  const array = /^([A-Za-z_]\w*)\[[@*]\]$/.exec(inside)?.[1];
  if (array !== undefined) return { array };
  return inside === '@' || inside === '*' ? { array: '@' } : UNKNOWN;
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', '\\': '\\', "'": "'", '"': '"' };

function ansiQuoted(cursor: Cursor): WordPart {
  let text: string | null = '';
  for (let at = cursor.at + 2; at < cursor.text.length; at += 1) {
    const char = cursor.text[at] ?? '';
    if (char === "'") {
      advance(cursor, at + 1 - cursor.at);
      return text === null ? UNKNOWN : { text };
    }
    const plain: string | null = char === '\\' ? (ESCAPES[cursor.text[at + 1] ?? ''] ?? null) : char;
    if (char === '\\') at += 1;
    text = text === null || plain === null ? null : text + plain;
  }
  return unfinished(cursor);
}
