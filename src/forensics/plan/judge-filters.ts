import type { CaptureFacts } from '../../domain/facts.ts';
import type { Finding } from '../../domain/finding.ts';

/** A display filter that a script uses, and how many packets it matches. */
export interface CountedFilter {
  filter: string;
  line: number;
  /** null where tshark would not say. */
  matches: number | null;
}

export interface Expectations {
  findings: readonly Finding[];
  protocols: CaptureFacts['protocols'];
}

/** The filters of a script that must match something, if the facts are right; only these are worth counting. */
export function filtersToCount(filters: ReadonlyMap<string, number>, expected: Expectations): string[] {
  const all = [...filters.keys()];
  return all.filter(
    (filter) =>
      expected.findings.some((finding) => looksFor(filter, finding)) ||
      otherGeneration(filter, expected) !== null,
  );
}

/**
 * Where a script looked for what a finding stands on and matched nothing at all, or asked for a generation of a
 * protocol that the capture does not have: a sentence for each. A filter without a match is a fair answer otherwise.
 */
export function missedBy(counted: readonly CountedFilter[], expected: Expectations): string[] {
  const missed = new Map<string, string>();
  for (const finding of expected.findings) {
    const meant = counted.filter(({ filter, matches }) => matches !== null && looksFor(filter, finding));
    if (meant.length === 0 || meant.some(({ matches }) => matches !== 0)) continue;
    for (const { filter, line } of meant) {
      missed.set(
        filter,
        `line ${line}: the filter ${filter} matches no packet, but finding ${finding.id} (${finding.kind}) stands on frames ${finding.frames.slice(0, 5).join(', ')}: ${finding.filter}`,
      );
    }
  }
  const uses = (protocol: string) => counted.some(({ filter }) => protocolsOf(filter).includes(protocol));
  for (const { filter, line, matches } of counted) {
    const other = otherGeneration(filter, expected);
    if (matches !== 0 || other === null || uses(other) || missed.has(filter)) continue;
    missed.set(
      filter,
      `line ${line}: the filter ${filter} matches no packet; this capture has ${other} instead.`,
    );
  }
  return [...missed.values()];
}

/** Fields that say where and when, not what. */
const PLACE =
  /^(?:ip|ipv6|eth|frame|tcp|udp)$|\.(?:addr|src|dst|port|srcport|dstport|host|src_host|dst_host|stream|stream_index)$/;
const ONE_PLACE = /^(?:frame\.(?:number|time\w*)|\w+\.stream)$/;

/** Whether a filter asks for what a finding stands on, of the same machines, and nothing narrower that may be absent. */
function looksFor(filter: string, finding: Finding): boolean {
  if (finding.frames.length === 0 || finding.evidenceCheck.result === 'mismatch') return false;
  const asked = read(filter);
  const proven = read(finding.filter);
  const subject = asked.fields.filter((field) => !PLACE.test(field));
  const shared = subject.filter((field) => proven.fields.includes(field));
  if (
    shared.length === 0 ||
    asked.fields.some((field) => ONE_PLACE.test(field) || asked.negated.has(field))
  ) {
    return false;
  }
  const machines = new Set([...finding.actor, ...finding.target]);
  if (asked.addresses.some((address) => !machines.has(address))) return false;
  if (asked.ports.some((port) => finding.ports.length > 0 && !finding.ports.includes(port))) return false;
  return shared.every((field) => mayAgree(asked.values.get(field), proven.values.get(field)));
}

/** Two equalities with different values ask different questions; anything else may be the same one. */
function mayAgree(asked: readonly string[] | undefined, proven: readonly string[] | undefined): boolean {
  if (asked === undefined || proven === undefined) return true;
  return asked.some((value) => proven.includes(value));
}

interface ReadFilter {
  fields: string[];
  negated: Set<string>;
  /** What a field is compared with by equality; absent where it is compared otherwise too. */
  values: Map<string, string[]>;
  addresses: string[];
  ports: number[];
}

const WORDS = new Set([
  'and',
  'or',
  'not',
  'xor',
  'eq',
  'ne',
  'gt',
  'lt',
  'ge',
  'le',
  'contains',
  'matches',
  'in',
  'any',
  'all',
]);
const FIELD = /(?<![\w.:"])[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*(?![\w.:(])/g;

function read(filter: string): ReadFilter {
  const bare = filter.replaceAll(/"(?:\\.|[^"\\])*"/g, '""');
  const fields = [...bare.matchAll(FIELD)].map(([name]) => name).filter((name) => !WORDS.has(name));
  const values = new Map<string, string[]>();
  for (const field of new Set(fields)) {
    const equal = valuesOf(bare, field);
    if (equal !== null) values.set(field, equal);
  }
  return {
    fields: [...new Set(fields)],
    negated: new Set([...bare.matchAll(/(?:!|\bnot\b)\s*\(?\s*([\w.-]+)/g)].map(([, name = '']) => name)),
    values,
    addresses: [
      ...bare.matchAll(/\b\d{1,3}(?:\.\d{1,3}){3}\b(?!\/)|(?<![\w:])[\da-f]*:[\da-f:]*:[\da-f]+\b/gi),
    ].map(([address]) => address),
    ports: [...bare.matchAll(/\.(?:port|srcport|dstport)\s*(?:==|eq)\s*(\d+)/g)].map(([, port]) =>
      Number(port),
    ),
  };
}

/** The values that a field must equal; null where it is only asked for, or compared in another way. */
function valuesOf(filter: string, field: string): string[] | null {
  const name = field.replaceAll('.', String.raw`\.`);
  const uses = [
    ...filter.matchAll(new RegExp(`(?<![\\w.])${name}(?![\\w.])\\s*(==|eq\\b)?\\s*([\\w.:]+)?`, 'g')),
  ];
  if (uses.some(([, operator]) => operator === undefined)) return null;
  return uses.map(([, , value = '']) =>
    /^(?:0x[\da-f]+|\d+)$/i.test(value) ? String(Number(value)) : value.toLowerCase(),
  );
}

const protocolsOf = (filter: string) => [
  ...new Set(read(filter).fields.map((field) => field.split('.')[0] ?? '')),
];

/** A protocol of the capture that differs by its version only from one that the filter names and that is not there. */
function otherGeneration(filter: string, { protocols }: Expectations): string | null {
  const present = new Set(protocols.flatMap(({ protocol }) => protocol.split(':')));
  for (const asked of protocolsOf(filter)) {
    if (present.has(asked)) continue;
    const other = [...present].find((name) => name !== asked && stem(name) === stem(asked));
    if (other !== undefined) return other;
  }
  return null;
}

const stem = (protocol: string) => protocol.replace(/v?\d+$/, '');
