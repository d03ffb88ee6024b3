import type { CaptureFacts } from '../domain/facts.ts';
import { type Finding, SEVERITIES } from '../domain/finding.ts';

/** Addresses, numbers and JSON's own signs take about three bytes a token with the tokenizers in use. */
const BYTES_PER_TOKEN = 3;

/** How many tokens a text will take, roughly and rather too many. */
export const estimatedTokens = (text: string): number =>
  Math.ceil(new TextEncoder().encode(text).length / BYTES_PER_TOKEN);

/** Facts and findings as a model reads them. */
export interface ModelFacts {
  /** One JSON value a line, most telling first. */
  text: string;
  tokens: number;
  /** What did not fit, such as `180 of 200 conversations`; empty where all is there. */
  leftOut: string[];
}

/**
 * Packs facts and findings into so many tokens: of each kind of thing the first few, then more of each in order of
 * what they tell. A line is there whole or not at all.
 */
export function modelFacts(facts: CaptureFacts, findings: readonly Finding[], maxTokens: number): ModelFacts {
  const sections = sectionsOf(facts, findings);
  const taken = sections.map(() => 0);
  let tokens = 0;
  for (const most of ['first', 'most'] as const) {
    for (const [index, section] of sections.entries()) {
      const limit = Math.min(section.lines.length, section[most]);
      for (; (taken[index] ?? 0) < limit; taken[index] = (taken[index] ?? 0) + 1) {
        const cost = estimatedTokens(section.lines[taken[index] ?? 0] ?? '') + 1;
        if (tokens + cost > maxTokens) break;
        tokens += cost;
      }
    }
  }
  const lines = sections.flatMap((section, index) => section.lines.slice(0, taken[index]));
  const leftOut = sections.flatMap(({ name, total }, index) => {
    const missing = total - (taken[index] ?? 0);
    return missing > 0 ? [`${missing} of ${total} ${name}`] : [];
  });
  return { text: lines.join('\n'), tokens, leftOut };
}

interface Section {
  /** In the plural, our own word. */
  name: string;
  lines: readonly string[];
  /** How many there are; more than lines where the facts themselves hold a part only. */
  total: number;
  /** Lines that go before anything of a later round. */
  first: number;
  most: number;
}

function sectionsOf(facts: CaptureFacts, findings: readonly Finding[]): Section[] {
  const { capture, tcp, dns, notes, conversations, endpoints, protocols } = facts;
  return [
    one('lines on the capture', { capture: { ...capture, interfaces: capture.interfaces.slice(0, 2) } }),
    rows('findings', 'finding', findings.map(told), [25, 200]),
    one('lines on TCP', { tcp }),
    one('lines on DNS', { dns: fewer(dns) }),
    rows('notes', 'note', notes, [8, 40]),
    ...notJudged(facts).map((value) => one('lines on coverage', value)),
    rows('protocols', 'protocol', protocols, [15, 60]),
    rows('conversations', 'conversation', conversations, [10, 60]),
    rows('endpoints', 'endpoint', endpoints, [10, 60]),
    ...PARTS.flatMap((part) =>
      facts[part] === null ? [] : [one(`lines on ${part}`, { [part]: fewer(facts[part]) })],
    ),
  ];
}

/** What is told in one line, or not at all. */
const one = (name: string, value: object): Section => ({
  name,
  lines: [line(value)],
  total: 1,
  first: 1,
  most: 1,
});

const rows = (
  name: string,
  key: string,
  values: readonly unknown[],
  [first, most]: [number, number],
): Section => ({
  name,
  lines: values.map((value) => line({ [key]: value })),
  total: values.length,
  first,
  most,
});

const DETAILED = 25;

/** The first findings and every grave one with their reasons, the others as what they are and where to look. */
function told(
  { matching: _matching, times: _times, evidenceCheck, ...finding }: Finding,
  index: number,
): object {
  const { id, kind, severity, actor, target, ports, count, filter } = finding;
  const isGrave = SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf('high');
  if (index < DETAILED || isGrave) {
    return { ...finding, frames: finding.frames.slice(0, 8), evidence: evidenceCheck.result };
  }
  return {
    id,
    kind,
    severity,
    count,
    filter,
    actor: actor.slice(0, 3),
    target: target.slice(0, 3),
    ports: ports.slice(0, 5),
    frames: finding.frames.slice(0, 3),
  };
}

/** Protocols and sizes, the commonest first: only those that were seen have a line. */
const PARTS = [
  'sizes',
  'tls',
  'http',
  'logins',
  'windows',
  'icmp',
  'resolution',
  'dhcp',
  'voice',
  'wifi',
  'industrial',
  'quic',
] as const satisfies readonly (keyof CaptureFacts)[];

const ROWS_PER_LIST = 6;

/** The same facts with the first few rows of each of their lists; how many there are stays beside them. */
function fewer(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, ROWS_PER_LIST).map(fewer);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fewer(inner)]));
}

/** Groups of problems whose absence says little: a model must not take them for ruled out. */
function notJudged({ coverage }: CaptureFacts): object[] {
  if (coverage === null) return [];
  const { groups, filter, payload } = coverage;
  const weak = groups.filter(({ state }) => state === 'limited' || state === 'not_judged');
  return [
    { coverage: { filter, payload, weak: weak.map(({ group, state, why }) => ({ group, state, why })) } },
  ];
}

/** JSON without what says nothing: nulls and empty lists. */
const line = (value: object): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner === null || (Array.isArray(inner) && inner.length === 0) ? undefined : inner,
  );
