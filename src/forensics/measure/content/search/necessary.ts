import { parseExpression, type Expression } from './expression.ts';

/** What every match of an expression has, whatever else it has; bytes are folded (`FOLD`). */
export interface Necessary {
  /** Bytes one of which the input begins with; null where any may. */
  first: ReadonlySet<number> | null;
  /** Bytes one of which the input ends with. */
  last: ReadonlySet<number> | null;
  /** Strings one of which stands somewhere in the input; null where none is known. */
  literals: readonly string[] | null;
  /** One shorter string that stands somewhere in the input, where there are no literals. */
  short: string | null;
}

/** Each byte as small letter, so that one search serves expressions that mind the case and those that do not. */
export const FOLD = Uint8Array.from({ length: 256 }, (_, value) => {
  const folded = String.fromCharCode(value).toLowerCase().charCodeAt(0);
  return folded < 256 ? folded : value;
});

/** Derives it from the pattern; it may say less than is so, never more. */
export function necessaryOf(pattern: string): Necessary {
  const tree = parseExpression(pattern);
  const { exact, literals } = factorOf(tree);
  const found = better(exact, literals);
  return {
    first: edge(tree, 'start'),
    last: edge(tree, 'end'),
    literals: found === null || shortestOf(found) < LONG_ENOUGH ? null : found,
    short: found?.length === 1 && shortestOf(found) < LONG_ENOUGH ? (found[0] ?? null) : null,
  };
}

const shortestOf = (strings: readonly string[]): number => Math.min(...strings.map(({ length }) => length));

/** A search for many literals at once is the faster, the longer the shortest of them is. */
const LONG_ENOUGH = 4;
const MOST_STRINGS = 260;
const MOST_CLASS = 4;
const LONGEST = 40;

interface Factor {
  /** All strings that the expression matches, where they are few. */
  exact: readonly string[] | null;
  /** Strings one of which every match begins with. */
  heads: readonly string[] | null;
  /** Strings one of which is in every match. */
  literals: readonly string[] | null;
}

const NOTHING: Factor = { exact: null, heads: null, literals: null };
const exactly = (strings: readonly string[]): Factor => ({ exact: strings, heads: strings, literals: null });
const EMPTY = exactly(['']);

function factorOf(tree: Expression): Factor {
  switch (tree.kind) {
    case 'bytes': {
      const values = [...new Set(tree.values.map((value) => FOLD[value] ?? value))];
      if (values.length > MOST_CLASS) return NOTHING;
      return exactly(values.map((value) => String.fromCharCode(value)));
    }
    case 'start':
    case 'end':
      return EMPTY;
    case 'anything':
      return NOTHING;
    case 'sequence':
      return factorOfSequence(tree.parts.map(factorOf));
    case 'choice':
      return factorOfChoice(tree.options.map(factorOf));
    case 'repeat':
      return factorOfRepeat(factorOf(tree.part), tree.least, tree.most);
  }
}

/** Grows strings as long as parts are exact; what interrupts them leaves the best ones so far. */
function factorOfSequence(parts: readonly Factor[]): Factor {
  let running: readonly string[] = [''];
  let heads: readonly string[] | null = null;
  let best: readonly string[] | null = null;
  for (const part of parts) {
    const longer = part.exact === null ? null : product(running, part.exact);
    if (longer !== null) {
      running = longer;
      continue;
    }
    const begun = (part.heads === null ? null : product(running, part.heads)) ?? running;
    heads ??= begun;
    best = better(better(best, begun), part.literals);
    running = part.exact ?? [''];
  }
  return heads === null ? exactly(running) : { exact: null, heads, literals: better(best, running) };
}

function factorOfChoice(options: readonly Factor[]): Factor {
  const exact = together(options.map((option) => option.exact));
  if (exact !== null) return exactly(exact);
  return {
    exact: null,
    heads: together(options.map((option) => option.heads)),
    literals: together(options.map((option) => better(option.heads, option.literals))),
  };
}

/** All of these strings, where all are known and they are not too many. */
function together(sets: readonly (readonly string[] | null)[]): readonly string[] | null {
  const all = new Set(sets.flatMap((strings) => strings ?? []));
  return sets.every((strings) => strings !== null) && all.size <= MOST_STRINGS ? [...all] : null;
}

function factorOfRepeat(part: Factor, least: number, most: number): Factor {
  const { exact } = part;
  if (least === 0) return most === 1 && exact !== null ? exactly([...new Set([...exact, ''])]) : NOTHING;
  if (exact === null) return part;
  let strings: readonly string[] = exact;
  let copies = 1;
  for (; copies < least; copies += 1) {
    const longer = product(strings, exact);
    if (longer === null || (longer[0] ?? '').length > LONGEST) break;
    strings = longer;
  }
  if (copies === least && most === least) return exactly(strings);
  return { exact: null, heads: strings, literals: strings };
}

function product(left: readonly string[], right: readonly string[]): readonly string[] | null {
  if (left.length * right.length > MOST_STRINGS) return null;
  return [...new Set(left.flatMap((before) => right.map((after) => before + after)))];
}

/** Those whose shortest is longer; of equally long ones the fewer. */
function better(one: readonly string[] | null, other: readonly string[] | null): readonly string[] | null {
  if (one === null || other === null) return worth(one ?? other) > 0 ? (one ?? other) : null;
  return worth(other) > worth(one) ? other : one;
}

const worth = (strings: readonly string[] | null): number =>
  strings === null || strings.length === 0 ? 0 : shortestOf(strings) + 1 / (1 + strings.length) - 1 / 2;

/** The bytes with which a match that is bound to this end of the input can begin or end there; null where any can. */
function edge(tree: Expression, end: 'start' | 'end'): ReadonlySet<number> | null {
  if (tree.kind === 'choice') {
    const sets = tree.options.map((option) => edge(option, end));
    return sets.every((set) => set !== null) ? new Set(sets.flatMap((set) => [...set])) : null;
  }
  if (tree.kind !== 'sequence') return null;
  const parts = end === 'start' ? tree.parts : tree.parts.toReversed();
  const [anchor, ...rest] = parts;
  if (anchor?.kind === end) {
    const found = edgeOfSequence(rest, end);
    return found === null || found.mayBeEmpty ? null : found.bytes;
  }
  // A group at the edge may hold the anchor itself, in each of its options.
  return anchor === undefined || rest.length > 0 ? null : edge(anchor, end);
}

interface Edge {
  bytes: Set<number>;
  /** Whether it can match nothing at all, so that what follows counts too. */
  mayBeEmpty: boolean;
}

function edgeOf(tree: Expression, end: 'start' | 'end'): Edge | null {
  switch (tree.kind) {
    case 'bytes':
      return { bytes: new Set(tree.values.map((value) => FOLD[value] ?? value)), mayBeEmpty: false };
    case 'sequence':
      return edgeOfSequence(end === 'start' ? tree.parts : tree.parts.toReversed(), end);
    case 'choice': {
      const edges = tree.options.map((option) => edgeOf(option, end));
      if (!edges.every((edge) => edge !== null)) return null;
      const bytes = new Set(edges.flatMap((edge) => [...edge.bytes]));
      return { bytes, mayBeEmpty: edges.some(({ mayBeEmpty }) => mayBeEmpty) };
    }
    case 'repeat': {
      const inner = edgeOf(tree.part, end);
      return inner === null ? null : { bytes: inner.bytes, mayBeEmpty: inner.mayBeEmpty || tree.least === 0 };
    }
    case 'start':
    case 'end':
    case 'anything':
      return null;
  }
}

function edgeOfSequence(parts: readonly Expression[], end: 'start' | 'end'): Edge | null {
  const bytes = new Set<number>();
  for (const part of parts) {
    const next = edgeOf(part, end);
    if (next === null) return null;
    for (const value of next.bytes) bytes.add(value);
    if (!next.mayBeEmpty) return { bytes, mayBeEmpty: false };
  }
  return { bytes, mayBeEmpty: true };
}
