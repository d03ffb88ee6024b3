import { CONTENT_SIGNS } from '../../../src/forensics/measure/content/signs.ts';
import { expressionOf, type ContentSign } from '../../../src/forensics/measure/content/sign.ts';
import type { Expression } from '../../../src/forensics/measure/content/search/expression.ts';
import type { Searched } from '../../../src/forensics/measure/content/search/sign-search.ts';
import { createRandom, type Random } from '../../../src/local-azure/traffic/random.ts';

const EXPRESSIONS = CONTENT_SIGNS.map(expressionOf);

/** The signs that the bytes show, found the slow way: every expression that may match is run. */
export function signsShown(bytes: Uint8Array, searched: Searched): number[] {
  const text = Buffer.from(bytes).toString('latin1');
  return [...CONTENT_SIGNS.keys()].filter((number) => {
    const sign = CONTENT_SIGNS[number];
    return sign !== undefined && mayShow(sign, searched) && EXPRESSIONS[number]?.test(text) === true;
  });
}

function mayShow(sign: ContentSign, { over, up, port, layers }: Searched): boolean {
  if (sign.over !== over) return false;
  if (sign.from !== undefined && (sign.from === 'client') !== up) return false;
  if (sign.ports !== undefined && !sign.ports.includes(port)) return false;
  if (sign.inside !== undefined && !sign.inside.some((layer) => layers.includes(layer))) return false;
  return sign.outside === undefined || !sign.outside.some((layer) => layers.includes(layer));
}

/** Under which circumstances a sign may be shown. */
export const circumstancesOf = ({ over, from, ports, inside }: ContentSign): Searched => ({
  over,
  up: from !== 'server',
  port: ports?.[0] ?? 4_444,
  layers: ['eth', 'ip', over, ...(inside ?? [])],
});

export const numbers = (seed: number): Random => createRandom(seed);

/** Any text that the expression matches, one character per byte. */
export function example(tree: Expression, random: Random): string {
  switch (tree.kind) {
    case 'bytes':
      return String.fromCharCode(tree.values[random.integer(tree.values.length)] ?? 0);
    case 'sequence':
      return tree.parts.map((part) => example(part, random)).join('');
    case 'choice': {
      const option = tree.options[random.integer(tree.options.length)];
      return option === undefined ? '' : example(option, random);
    }
    case 'repeat': {
      const most = Math.min(tree.most, tree.least + 12);
      const count = tree.least + random.integer(most - tree.least + 1);
      return Array.from({ length: count }, () => example(tree.part, random)).join('');
    }
    case 'start':
    case 'end':
    case 'anything':
      return '';
  }
}
