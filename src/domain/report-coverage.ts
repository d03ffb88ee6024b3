import type { Coverage, LookedFor } from './facts/coverage.ts';
import { seconds } from './report-tables.ts';
import { codeSpan, inlineText, table } from './untrusted.ts';

/** What was looked for and not found, and what nobody could judge; null where it was not measured. */
export function negatives(coverage: Coverage | null): string | null {
  if (coverage === null) return null;
  const { groups } = coverage;
  const looked = groups.filter(
    ({ state, notFound }) => (state === 'looked' || state === 'limited') && notFound.length > 0,
  );
  const silent = groups.filter(({ state }) => state === 'no_traffic');
  const unjudged = groups.filter(({ state }) => state === 'not_judged');
  const parts = ['### Looked for and not found', basis(coverage)];
  if (looked.length > 0) parts.push(table(['Group', 'None of', 'Packets', 'Limits'], looked.map(row)));
  if (silent.length > 0) parts.push(`No such traffic, so nothing to find: ${silent.map(named).join('; ')}.`);
  if (unjudged.length > 0) parts.push(`**Not judged:** ${unjudged.map(named).join('; ')}.`);
  return parts.join('\n\n');
}

/** "12004 packets, 61 s, ether, recorded whole, unfiltered as far as can be seen". */
export function basis({ packets, seconds: lasting, linkTypes, payload, filter }: Coverage): string {
  return inlineText(
    `${packets} packets, ${seconds(lasting)}, ${linkTypes.slice(0, 4).join(', ') || 'no link type'}, ` +
      `${RECORDED[payload]}, ${filter === null ? 'unfiltered as far as can be seen' : `filtered: ${filter}`}.`,
    500,
  );
}

const RECORDED = {
  whole: 'every packet whole',
  cut: 'some packets cut short',
  none: 'most packets cut short, hardly any payload',
};

const row = ({ group, notFound, packets, why }: LookedFor): string[] => [
  group,
  notFound.map((kind) => codeSpan(kind)).join(', '),
  String(packets),
  why === null ? '–' : inlineText(why, 300),
];

const named = ({ group, why }: LookedFor): string =>
  why === null ? group : `${group} (${inlineText(why, 300)})`;
