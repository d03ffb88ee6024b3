import { textOf } from '../payload.ts';
import { expressionOf, type ContentSign } from '../sign.ts';
import { createLiteralSearch, type LiteralSearch } from './literal-search.ts';
import { FOLD, necessaryOf } from './necessary.ts';

/** Whose bytes are searched, and between whom. */
export interface Searched {
  over: 'tcp' | 'udp';
  /** Whether they go to the server. */
  up: boolean;
  port: number;
  layers: readonly string[];
}

/** Calls `onSign` with the number of each sign that the bytes show, in the order of the signs. */
export type SignSearch = (bytes: Uint8Array, searched: Searched, onSign: (sign: number) => void) => void;

/** Signs of one transport and direction, sorted by what rules them out at the least cost. */
interface Group {
  /** Signs that may stand anywhere, found by their literals. */
  loose: LiteralSearch;
  /** Signs bound to the beginning of the bytes, by the first of them: what may be shown on a port. */
  bound: readonly ByPort[];
  literalsOfBound: LiteralSearch;
  /** Signs of few ports, and those without literals, by the last byte that they leave possible. */
  others: readonly ByPort[];
}

type ByPort = (port: number) => readonly number[];

/** With so few expressions to run, a search for their literals would cost more. */
const FEW = 3;

/**
 * Finds what `expressionOf(sign)` matches where the sign may be shown, without running most expressions: the signs'
 * necessary first bytes and literals are looked for first, all at once.
 */
export function createSignSearch(signs: readonly ContentSign[]): SignSearch {
  const expressions = signs.map(expressionOf);
  const parts = signs.map(({ pattern }) => necessaryOf(pattern));
  const shorts = parts.map(({ short }) =>
    short === null || hasCase(short) ? null : Buffer.from(short, 'latin1'),
  );
  const groups = { tcp: bothWays(signs, parts, 'tcp'), udp: bothWays(signs, parts, 'udp') };
  /** The search that marked a sign last. */
  const marked = new Uint32Array(signs.length);
  let search = 0;

  const candidates: number[] = [];
  const addLoose = (number: number): void => {
    if (marked[number] === search) return;
    marked[number] = search;
    candidates.push(number);
  };
  const mark = (number: number): void => {
    marked[number] = search;
  };

  /** Fills `candidates` with the signs whose expression has to be run, in their order. */
  const sift = (bytes: Uint8Array, group: Group, port: number): void => {
    search = (search + 1) >>> 0;
    candidates.length = 0;
    const last = FOLD[bytes[bytes.length - 1] ?? 0] ?? 0;
    for (const number of group.others[last]?.(port) ?? []) {
      const short = shorts[number];
      // What it calls is native code: faster than any loop of ours.
      if (short === null || short === undefined || Buffer.prototype.includes.call(bytes, short))
        candidates.push(number);
    }
    group.loose(bytes, addLoose);
    const bound = group.bound[FOLD[bytes[0] ?? 0] ?? 0]?.(port) ?? [];
    const areMany = bound.length > FEW;
    if (areMany) group.literalsOfBound(bytes, mark);
    for (const number of bound) {
      const isRuledOut = areMany && parts[number]?.literals !== null && marked[number] !== search;
      if (!isRuledOut) candidates.push(number);
    }
    if (candidates.length > 1) candidates.sort((a, b) => a - b);
  };

  return (bytes, { over, up, port, layers }, onSign) => {
    if (bytes.length === 0) return;
    sift(bytes, groups[over][up ? 'up' : 'down'], port);
    let text: string | null = null;
    for (const number of candidates) {
      const sign = signs[number];
      if (sign === undefined || !isOn(sign, port) || !isAmong(sign, layers)) continue;
      text ??= textOf(bytes);
      if (expressions[number]?.test(text) === true) onSign(number);
    }
  };
}

/** Folded bytes with a case stand for others, which a search for these would miss. */
const hasCase = (folded: string): boolean => folded.toUpperCase() !== folded;

const isOn = (sign: ContentSign | undefined, port: number): boolean =>
  sign?.ports === undefined || sign.ports.includes(port);

function isAmong({ inside, outside }: ContentSign, layers: readonly string[]): boolean {
  if (inside !== undefined && !inside.some((layer) => layers.includes(layer))) return false;
  return outside === undefined || !outside.some((layer) => layers.includes(layer));
}

type Parts = readonly ReturnType<typeof necessaryOf>[];

function bothWays(
  signs: readonly ContentSign[],
  parts: Parts,
  over: ContentSign['over'],
): { up: Group; down: Group } {
  const of = (from: ContentSign['from']): Group => {
    const numbers = [...signs.keys()].filter((number) => {
      const sign = signs[number];
      return sign?.over === over && (sign.from === undefined || sign.from === from);
    });
    return createGroup(numbers, signs, parts);
  };
  return { up: of('client'), down: of('server') };
}

function createGroup(numbers: readonly number[], signs: readonly ContentSign[], parts: Parts): Group {
  const isBound = (number: number): boolean => parts[number]?.first !== null;
  const isLoose = (number: number): boolean =>
    !isBound(number) && parts[number]?.literals !== null && signs[number]?.ports === undefined;
  const literalsOf = (some: readonly number[]) =>
    some.flatMap((owner) => (parts[owner]?.literals ?? []).map((literal) => ({ owner, literal })));
  const bound = numbers.filter(isBound);
  const others = numbers.filter((number) => !isBound(number) && !isLoose(number));
  return {
    loose: createLiteralSearch(literalsOf(numbers.filter(isLoose))),
    bound: forEveryByte((byte) =>
      byPort(
        bound.filter((number) => parts[number]?.first?.has(byte) === true),
        signs,
      ),
    ),
    literalsOfBound: createLiteralSearch(literalsOf(bound)),
    others: forEveryByte((byte) =>
      byPort(
        others.filter((number) => parts[number]?.last?.has(byte) !== false),
        signs,
      ),
    ),
  };
}

const forEveryByte = <T>(make: (byte: number) => T): T[] =>
  Array.from({ length: 256 }, (_, byte) => make(byte));

/** Which of these signs may be shown on a port: one list for all ports that no sign is bound to. */
function byPort(numbers: readonly number[], signs: readonly ContentSign[]): ByPort {
  const on = (port: number): number[] => numbers.filter((number) => isOn(signs[number], port));
  const elsewhere = on(-1);
  const special = new Map(
    numbers.flatMap((number) => signs[number]?.ports ?? []).map((port) => [port, on(port)]),
  );
  return (port) => special.get(port) ?? elsewhere;
}
