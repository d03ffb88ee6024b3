import { measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { MAX_CITED_FRAMES } from '../../../domain/finding.ts';
import { draft, grade, quoteNames, type Detector } from '../draft.ts';
import { all, from } from '../filter.ts';
import { surpriseOf } from '../name-likeness.ts';
import type { ClientLookups, Lookup } from '../tables/lookups.ts';
import type { Tables } from '../tables.ts';

/** Look-ups of many domains that no person would choose, most of which do not exist. */
export const dga: Detector = { kind: 'dga', detect };

/** So many domains that do not exist, and their letters, are needed to tell; more where they do exist. */
const UNSOLVED = 10;
const UNSOLVED_SURPRISE = 4.8;
const SOLVED = 30;
const SOLVED_SURPRISE = 5.1;
const MANY = 20;
const SHORTEST = 6;

/** Names of the second level below which anybody registers, in two-letter countries. */
const SHARED_SECOND = new Set(['co', 'com', 'net', 'org', 'gov', 'edu', 'ac']);

/** The label that somebody registers, or would; null where the name has none worth judging. */
function registered(name: string): { label: string; suffix: string } | null {
  const labels = name.split('.');
  const [second = '', top = ''] = labels.slice(-2);
  const depth = top.length === 2 && SHARED_SECOND.has(second) && labels.length > 2 ? 3 : 2;
  const label = labels.at(-depth) ?? '';
  // Addresses upside down, internationalised names, and the many look-ups below one domain are something else.
  if (label.length < SHORTEST || label.startsWith('xn--') || /^\d+$/.test(label) || top === 'arpa')
    return null;
  return { label, suffix: labels.slice(1 - depth).join('.') };
}

/** Whether letters or a thick mixture with digits look as if drawn by lot. */
const surprise = (label: string): number =>
  (label.match(/\d[a-z]|[a-z]\d/g)?.length ?? 0) >= 4 ? 7 : (surpriseOf(label) ?? 0);

interface Generated {
  labels: Set<string>;
  names: Lookup[];
  pattern: string;
}

/** The generated names of a client; null where there are not enough to tell. */
function generatedBy({ names }: ClientLookups): Generated | null {
  const judged = [...names.values()].flatMap((lookup) => {
    const domain = registered(lookup.name);
    return domain === null ? [] : [{ lookup, ...domain }];
  });
  const unsolved = judged.filter(({ lookup }) => !lookup.isSolved);
  const looksDrawn = (rows: typeof judged, least: number, bits: number): boolean => {
    const labels = new Set(rows.map(({ label }) => label));
    const sum = [...labels].reduce((total, label) => total + surprise(label), 0);
    return labels.size >= least && sum >= bits * labels.size;
  };
  const found = looksDrawn(unsolved, UNSOLVED, UNSOLVED_SURPRISE)
    ? unsolved
    : looksDrawn(judged, SOLVED, SOLVED_SURPRISE)
      ? judged
      : [];
  if (found.length === 0) return null;
  const lengths = found.map(({ label }) => label.length);
  const suffixes = [...new Set(found.map(({ suffix }) => suffix))].slice(0, 40);
  const pattern =
    `^([\\w-]+[.])*[\\w-]{${Math.min(...lengths)},${Math.max(...lengths)}}[.]` +
    `(${suffixes.map((suffix) => suffix.replaceAll('.', '[.]')).join('|')})$`;
  const expression = new RegExp(pattern);
  return {
    labels: new Set(found.map(({ label }) => label)),
    names: [...names.values()].filter(({ name }) => expression.test(name)),
    pattern,
  };
}

function detect({ lookups }: Tables): FindingDraft[] {
  return lookups.flatMap((row) => {
    const generated = generatedBy(row);
    if (generated === null) return [];
    const { labels, names, pattern } = generated;
    const frames = names.flatMap((lookup) => lookup.frames).toSorted((a, b) => a - b);
    return [
      draft('dga', {
        title: `${row.client} looked up ${labels.size} domains that look generated`,
        severity: grade([['high', labels.size >= MANY]], 'medium'),
        ...measured(labels.size, MANY, 'names that look drawn by lot'),
        actor: [row.client],
        target: row.servers,
        ports: [53],
        evidence: {
          count: names.reduce((sum, { queries }) => sum + queries, 0),
          frames: frames.slice(0, MAX_CITED_FRAMES),
        },
        filter: all('dns.flags.response == 0', from(row.client), `dns.qry.name matches r"(?i)${pattern}"`),
        explanation:
          `For example ${quoteNames(labels)}: letters in an order that names chosen by people do not have. Malware ` +
          'computes such names to find its controller, and most of them are not registered.',
        alternatives:
          'A browser that tests whether its resolver makes up answers, or a service with random names.',
        notChecked: 'Which malware computes these names.',
      }),
    ];
  });
}
