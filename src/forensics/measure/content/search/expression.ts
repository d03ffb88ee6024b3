/** A regular expression as a tree, as far as it matters for what a match cannot do without. */
export type Expression =
  | { kind: 'bytes'; values: readonly number[] }
  | { kind: 'sequence'; parts: readonly Expression[] }
  | { kind: 'choice'; options: readonly Expression[] }
  | { kind: 'repeat'; part: Expression; least: number; most: number }
  /** The beginning of the input, the end of it, or something of which nothing is known. */
  | { kind: 'start' }
  | { kind: 'end' }
  | { kind: 'anything' };

/** Reads a pattern of the dialect that signs are written in; what it does not know becomes `anything`. */
export function parseExpression(pattern: string): Expression {
  const input = { pattern, at: 0 };
  const tree = choice(input);
  return input.at === pattern.length ? tree : { kind: 'anything' };
}

interface Input {
  readonly pattern: string;
  at: number;
}

function choice(input: Input): Expression {
  const options = [sequence(input)];
  while (input.pattern[input.at] === '|') {
    input.at += 1;
    options.push(sequence(input));
  }
  return options.length === 1 ? (options[0] ?? ANYTHING) : { kind: 'choice', options };
}

function sequence(input: Input): Expression {
  const parts: Expression[] = [];
  for (;;) {
    const next = input.pattern[input.at];
    if (next === undefined || next === '|' || next === ')') return { kind: 'sequence', parts };
    parts.push(repeated(input, atom(input)));
  }
}

const ANYTHING: Expression = { kind: 'anything' };
const ALL_BYTES = Array.from({ length: 256 }, (_, value) => value);

function atom(input: Input): Expression {
  const character = input.pattern[input.at++] ?? '';
  switch (character) {
    case '^':
      return { kind: 'start' };
    case '$':
      return { kind: 'end' };
    case '.':
      return { kind: 'bytes', values: ALL_BYTES };
    case '[':
      return byteClass(input);
    case '(':
      return group(input);
    case '\\':
      return escaped(input);
    default:
      return { kind: 'bytes', values: [character.charCodeAt(0)] };
  }
}

function group(input: Input): Expression {
  // Of groups that only look around nothing is known.
  const isSpecial = input.pattern[input.at] === '?';
  const inner = choice(input);
  if (input.pattern[input.at] === ')') input.at += 1;
  return isSpecial ? ANYTHING : inner;
}

const LETTERS: Readonly<Record<string, number>> = { r: 13, n: 10, t: 9, f: 12, v: 11, '0': 0 };

function escaped(input: Input): Expression {
  const value = escapedByte(input);
  return value === null ? ANYTHING : { kind: 'bytes', values: [value] };
}

/** The byte behind a backslash; null where it is a class, an assertion or a reference. */
function escapedByte(input: Input): number | null {
  const character = input.pattern[input.at++] ?? '';
  if (character === 'x') {
    const value = Number.parseInt(input.pattern.slice(input.at, input.at + 2), 16);
    input.at += 2;
    return Number.isNaN(value) ? null : value;
  }
  return LETTERS[character] ?? (/[a-z\d]/i.test(character) ? null : character.charCodeAt(0));
}

function byteClass(input: Input): Expression {
  const isNegated = input.pattern[input.at] === '^';
  if (isNegated) input.at += 1;
  const inside = new Set<number>();
  let isKnown = true;
  const one = (): number | null => {
    const character = input.pattern[input.at++] ?? '';
    return character === '\\' ? escapedByte(input) : character.charCodeAt(0);
  };
  for (let first = true; input.at < input.pattern.length; first = false) {
    if (input.pattern[input.at] === ']' && !first) break;
    const low = one();
    const isRange = input.pattern[input.at] === '-' && input.pattern[input.at + 1] !== ']';
    if (isRange) input.at += 1;
    const high = isRange ? one() : low;
    if (low === null || high === null) isKnown = false;
    else for (let value = low; value <= high; value += 1) inside.add(value);
  }
  input.at += 1;
  if (!isKnown) return ANYTHING;
  return { kind: 'bytes', values: ALL_BYTES.filter((value) => inside.has(value) !== isNegated) };
}

const BOUNDS = /\{(\d+)(,(\d*))?\}/y;

function repeated(input: Input, part: Expression): Expression {
  const bounds = repetition(input);
  if (bounds === null) return part;
  // Whether as few or as many as possible makes no difference to what there must be.
  if (input.pattern[input.at] === '?') input.at += 1;
  return { kind: 'repeat', part, ...bounds };
}

function repetition(input: Input): { least: number; most: number } | null {
  const character = input.pattern[input.at];
  if (character === '?' || character === '*' || character === '+') {
    input.at += 1;
    return { least: character === '+' ? 1 : 0, most: character === '?' ? 1 : Infinity };
  }
  BOUNDS.lastIndex = input.at;
  const bounds = BOUNDS.exec(input.pattern);
  if (bounds === null) return null;
  input.at = BOUNDS.lastIndex;
  const least = Number(bounds[1]);
  const most = bounds[2] === undefined ? least : bounds[3] === '' ? Infinity : Number(bounds[3]);
  return { least, most };
}
