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
  signOfLoose: readonly number[];
  /** Signs bound to the beginning of the bytes, by the first of them. */
  bound: readonly (readonly number[])[];
  literalsOfBound: LiteralSearch;
  signOfBound: readonly number[];
  /** Signs that only their expression can rule out. */
  always: readonly number[];
}

/** With so few expressions to run, a search for their literals would cost more. */
const FEW = 3;

/**
 * Finds what `expressionOf(sign)` matches where the sign may be shown, without running most expressions: the signs'
 * necessary first bytes and literals are looked for first, all at once.
 */
export function createSignSearch(signs: readonly ContentSign[]): SignSearch {
  const expressions = signs.map(expressionOf);
  const parts = signs.map(({ pattern }) => necessaryOf(pattern));
  const groups = { tcp: bothWays(signs, parts, 'tcp'), udp: bothWays(signs, parts, 'udp') };
  /** The search that marked a sign last. */
  const marked = new Uint32Array(signs.length);
  let search = 0;

  const candidatesOf = (bytes: Uint8Array, group: Group, port: number): number[] => {
    search = (search + 1) >>> 0;
    const candidates = [...group.always];
    const mark = (sign: number): void => {
      if (marked[sign] === search) return;
      marked[sign] = search;
      candidates.push(sign);
    };
    group.loose(bytes, (literal) => mark(group.signOfLoose[literal] ?? 0));
    const bound = (group.bound[FOLD[bytes[0] ?? 0] ?? 0] ?? []).filter((sign) => {
      const ports = signs[sign]?.ports;
      return ports === undefined || ports.includes(port);
    });
    if (bound.length <= FEW) {
      candidates.push(...bound);
    } else {
      group.literalsOfBound(bytes, (literal) => {
        marked[group.signOfBound[literal] ?? 0] = search;
      });
      candidates.push(...bound.filter((sign) => parts[sign]?.literals === null || marked[sign] === search));
    }
    return candidates.toSorted((a, b) => a - b);
  };

  return (bytes, searched, onSign) => {
    if (bytes.length === 0) return;
    const { over, up, port, layers } = searched;
    const last = FOLD[bytes[bytes.length - 1] ?? 0] ?? 0;
    let text: string | null = null;
    for (const number of candidatesOf(bytes, groups[over][up ? 'up' : 'down'], port)) {
      const sign = signs[number];
      if (sign === undefined || parts[number]?.last?.has(last) === false) continue;
      if (!isIn(sign, port, layers)) continue;
      text ??= textOf(bytes);
      if (expressions[number]?.test(text) === true) onSign(number);
    }
  };
}

function isIn({ ports, inside, outside }: ContentSign, port: number, layers: readonly string[]): boolean {
  if (ports !== undefined && !ports.includes(port)) return false;
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
    return createGroup(numbers, parts);
  };
  return { up: of('client'), down: of('server') };
}

function createGroup(numbers: readonly number[], parts: Parts): Group {
  const isBound = (number: number): boolean => parts[number]?.first !== null;
  const hasLiterals = (number: number): boolean => parts[number]?.literals !== null;
  const literalsOf = (some: readonly number[]) =>
    some.flatMap((number) => (parts[number]?.literals ?? []).map((literal) => ({ number, literal })));
  const bound = numbers.filter(isBound);
  const loose = literalsOf(numbers.filter((number) => !isBound(number)));
  const ofBound = literalsOf(bound);
  return {
    loose: createLiteralSearch(loose.map(({ literal }) => literal)),
    signOfLoose: loose.map(({ number }) => number),
    bound: Array.from({ length: 256 }, (_, byte) =>
      bound.filter((number) => parts[number]?.first?.has(byte) === true),
    ),
    literalsOfBound: createLiteralSearch(ofBound.map(({ literal }) => literal)),
    signOfBound: ofBound.map(({ number }) => number),
    always: numbers.filter((number) => !isBound(number) && !hasLiterals(number)),
  };
}
