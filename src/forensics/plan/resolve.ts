import type { Assignment, ShellScript } from './shell-script.ts';
import type { ShellWord, WordPart } from './shell-word.ts';

/** A word of a command as bash would hand it on; null for one or more that only a run could tell. */
export type Resolved = string | null;

const MAX_DEPTH = 8;

/** The words with the values of their variables in place, where the script says plainly what these are. */
export function resolve(words: readonly ShellWord[], script: ShellScript): Resolved[] {
  return words.flatMap((word) => resolveWord(word, script, 0));
}

function resolveWord(word: ShellWord, script: ShellScript, depth: number): Resolved[] {
  const [only] = word.parts;
  const parts = word.parts.filter((part) => !('text' in part && part.text === ''));
  const array = parts.find((part) => 'array' in part);
  if (array !== undefined) return parts.length === 1 ? arrayOf(array, script, depth) : [null];
  const text = textOf(word.parts, script, depth);
  const isSplit = word.parts.length === 1 && only !== undefined && 'variable' in only && !only.quoted;
  return text !== null && isSplit ? text.split(/\s+/).filter((piece) => piece !== '') : [text];
}

function textOf(parts: readonly WordPart[], script: ShellScript, depth: number): Resolved {
  let text = '';
  for (const part of parts) {
    const piece =
      'text' in part ? part.text : 'variable' in part ? valueOf(part.variable, script, depth) : null;
    if (piece === null) return null;
    text += piece;
  }
  return text;
}

/** The value that a variable has wherever it is read; null where it may have several. */
function valueOf(name: string, script: ShellScript, depth: number): Resolved {
  const all = script.assignments.filter((assignment) => assignment.name === name);
  const [first, ...later] = all;
  if (first === undefined || script.unknown.has(name) || depth > MAX_DEPTH) return null;
  if (first.appends || first.isArray || later.some(({ always, appends }) => !always || !appends)) return null;
  const values = all.map(({ words: [word] }) =>
    word === undefined ? '' : textOf(word.parts, script, depth + 1),
  );
  return values.includes(null) ? null : values.join('');
}

function arrayOf(part: { array: string }, script: ShellScript, depth: number): Resolved[] {
  const isOf = ({ name, isArray }: Assignment) => name === part.array && isArray;
  const all = script.assignments.filter(isOf);
  if (all.length === 0 || script.unknown.has(part.array) || depth > MAX_DEPTH) return [null];
  return all.flatMap(({ words }) => words.flatMap((word) => resolveWord(word, script, depth + 1)));
}
