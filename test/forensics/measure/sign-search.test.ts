import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../../src/forensics/measure/content/search/expression.ts';
import { createLiteralSearch } from '../../../src/forensics/measure/content/search/literal-search.ts';
import { necessaryOf } from '../../../src/forensics/measure/content/search/necessary.ts';
import {
  createSignSearch,
  type Searched,
} from '../../../src/forensics/measure/content/search/sign-search.ts';
import { CONTENT_SIGNS } from '../../../src/forensics/measure/content/signs.ts';
import { expressionOf } from '../../../src/forensics/measure/content/sign.ts';
import { circumstancesOf, example, numbers, signsShown } from './every-sign.ts';

const search = createSignSearch(CONTENT_SIGNS);
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

function found(bytes: Uint8Array, searched: Searched): number[] {
  const signs: number[] = [];
  search(bytes, searched, (sign) => signs.push(sign));
  return signs;
}

const codes = (set: readonly string[] | null): number[] | null =>
  set?.map((character) => character.charCodeAt(0)) ?? null;

/** Letters of other cases, and bytes before and behind. */
function disguised(text: string, random: ReturnType<typeof numbers>): string {
  const turned = [text, text.toUpperCase(), text.toLowerCase()][random.integer(3)] ?? text;
  const noise = () => Buffer.from(random.bytes(random.integer(40))).toString('latin1');
  return (
    [turned, noise() + turned, turned + noise(), `${noise()}\r\n${turned}\r\n`][random.integer(4)] ?? text
  );
}

describe('the search for signs', () => {
  it('finds in texts made from every expression what running all expressions finds', () => {
    const random = numbers(1);
    const seen = new Set<number>();

    for (const sign of CONTENT_SIGNS) {
      const tree = parseExpression(sign.pattern);
      for (let round = 0; round < 60; round += 1) {
        const bytes = bytesOf(disguised(example(tree, random), random));
        const searched = circumstancesOf(sign);
        const expected = signsShown(bytes, searched);
        for (const number of expected) seen.add(number);
        expect(found(bytes, searched), `${sign.pattern} in ${Buffer.from(bytes).toString('hex')}`).toEqual(
          expected,
        );
      }
    }

    // The texts are worth something: nearly all signs were shown by one of them.
    expect(seen.size).toBeGreaterThan(CONTENT_SIGNS.length * 0.9);
  });

  it('finds in bytes at random, on every kind of port, what running all expressions finds', () => {
    const random = numbers(2);
    const ports = [...new Set(CONTENT_SIGNS.flatMap((sign) => sign.ports ?? [])), 4_444];

    for (let round = 0; round < 4_000; round += 1) {
      const bytes = random.bytes(1 + random.integer(120));
      const over = random.integer(4) === 0 ? 'udp' : 'tcp';
      const port = ports[random.integer(ports.length)] ?? 80;
      const searched = { over, up: random.integer(2) === 0, port, layers: ['eth', 'ip', over] } as const;
      expect(found(bytes, searched)).toEqual(signsShown(bytes, searched));
    }
  });

  it('rules most signs out without running their expression', () => {
    const free = CONTENT_SIGNS.filter(({ pattern }) => {
      const { first, last, literals, short } = necessaryOf(pattern);
      return first === null && last === null && literals === null && short === null;
    });

    expect(free).toEqual([]);
  });

  it.each([
    ['^GET /[a-z]{2,4}x', ['g'], null, ['get /']],
    ['(GET|POST) /', null, null, ['get /', 'post /']],
    ['^(GET|PUT) ', ['g', 'p'], null, ['get ', 'put ']],
    ['a[bc]?dd{2}\\x41z', null, null, ['abdddaz', 'acdddaz', 'adddaz']],
    ['^x?y+z$', ['x', 'y'], ['z'], null],
    ['[^a]{3,}long word(s|ed)*', null, null, ['long word']],
    ['(a|bcde){2}', null, null, null],
    ['^(\\x00|long).*', ['\0', 'l'], null, null],
    ['(?=x)long word', null, null, ['long word']],
    ['\\d{4}long[\\w]', null, null, ['long']],
  ])('knows what no match of %s can do without', (pattern, first, last, literals) => {
    const parts = necessaryOf(pattern);

    expect(parts.first === null ? null : [...parts.first]).toEqual(codes(first));
    expect(parts.last === null ? null : [...parts.last]).toEqual(codes(last));
    expect(parts.literals === null ? null : [...parts.literals].toSorted()).toEqual(literals);
  });

  it('finds every literal wherever it stands, in letters of either case', () => {
    const literals = ['abcd', 'bcde', 'cdefghij', 'zzzz', 'ij!!', 'ä\0\0ö'];
    const search = createLiteralSearch(literals.map((literal, owner) => ({ literal, owner })));
    const hits = new Set<string>();

    search(bytesOf('zzzABCDEFGHIJ!!Ä\0\0Özzz'), (owner) => hits.add(literals[owner] ?? ''));

    expect([...hits].toSorted()).toEqual(['abcd', 'bcde', 'cdefghij', 'ij!!', 'ä\0\0ö'].toSorted());
  });

  it('has an expression for every sign that matches some text made from it', () => {
    const random = numbers(3);
    const never = CONTENT_SIGNS.filter((sign) => {
      const tree = parseExpression(sign.pattern);
      const texts = Array.from({ length: 80 }, () => example(tree, random));
      return !texts.some((text) => expressionOf(sign).test(text));
    });

    // A reference back to what was matched before is not followed.
    expect(never.every(({ pattern }) => /\\[1-9]/.test(pattern))).toBe(true);
  });
});
