import type { CaptureFacts } from '../facts.ts';
import type { Families } from '../facts/traffic.ts';
import { SEVERITIES, type Finding } from '../finding.ts';
import { canonicalAddress } from './addresses.ts';
import { conceptsIn } from './concepts.ts';
import type { Dimension } from './quantity.ts';

/** One measured number, what it counts and whom it is about. */
export interface Item {
  value: number;
  dimension: Dimension;
  /** What its own name says that it counts: a claim must say all of it. */
  own: ReadonlySet<string>;
  /** The same and what it is part of. */
  all: ReadonlySet<string>;
  /** Addresses that it is about, in canonical spelling. */
  about: readonly string[];
  /** A value from packets that it belongs to ("NXDOMAIN", a name), in small letters; null where there is none. */
  tag: string | null;
  /** Dotted place in the facts. */
  path: string;
}

/** Every number among the facts, with shares, rates and numbers of findings that follow from them. */
export function factItems(facts: CaptureFacts, findings: readonly Finding[]): Item[] {
  const items: Item[] = [];
  for (const [key, value] of Object.entries(facts)) {
    if (!SKIPPED.has(key)) walk(value, { path: key, about: [], tag: null }, items);
  }
  return [...items, ...lengths(facts), ...rates(facts), ...shares(items, facts), ...counts(findings)];
}

const SKIPPED: ReadonlySet<string> = new Set(['rates', 'coverage', 'notes']);
const TAGS = ['name', 'value', 'result', 'sort', 'protocol', 'ssid'];

interface Place {
  path: string;
  about: readonly string[];
  tag: string | null;
}

function walk(value: unknown, place: Place, items: Item[]): void {
  if (typeof value === 'number') items.push(leaf(value, place));
  else if (Array.isArray(value))
    value.forEach((one) => walk(one, { ...place, path: `${place.path}.*` }, items));
  else if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value);
    const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    const own = texts.map(([, text]) => canonicalAddress(text)).filter((address) => address !== null);
    const tag = texts.find(([key]) => TAGS.includes(key))?.[1].toLowerCase() ?? place.tag;
    const about = own.length > 0 ? own : place.about;
    for (const [key, inner] of entries) walk(inner, { path: `${place.path}.${key}`, about, tag }, items);
  }
}

function leaf(value: number, { path, about, tag }: Place): Item {
  const key = path.split('.').at(-1) ?? '';
  const [dimension, scale] = unitOf(key);
  const named =
    key === 'total' || key === 'count' ? (path.split('.').at(key === 'total' ? -2 : -4) ?? key) : key;
  const own = conceptsIn(path.includes('.rcodes.') ? 'response' : named);
  const extra = EXTRAS.flatMap(([pattern, concepts]) => (pattern.test(path) ? concepts : []));
  const all = new Set([...own, ...conceptsIn(path.replaceAll('.', ' ')), ...extra]);
  const rcode = path.includes('.rcodes.') ? key.toLowerCase() : tag;
  return { value: value * scale, dimension, own, all: withTag(all, rcode), about, tag: rcode, path };
}

function withTag(all: Set<string>, tag: string | null): Set<string> {
  if (tag !== null) for (const concept of conceptsIn(tag)) all.add(concept);
  return all;
}

function unitOf(key: string): [Dimension, number] {
  if (key.endsWith('Ms')) return ['seconds', 1e-3];
  if (/seconds$/i.test(key)) return ['seconds', 1];
  return /bytes|snapLength|mtu|largest/i.test(key) ? ['bytes', 1] : ['count', 1];
}

/** What the names of fields leave to be understood. */
const EXTRAS: readonly (readonly [RegExp, string[]])[] = [
  [/^tcp\.(?:connections|established|refused|unanswered|outcomes)/, ['connection', 'attempt', 'handshake']],
  [/^tcp\.(?:retransmissions|fastRetransmissions|lostSegments|dataSegments)/, ['segment', 'packet']],
  [/^tcp\.(?:zeroWindows|windowFull)/, ['window', 'segment', 'packet']],
  [/^tcp\.resets/, ['segment', 'packet', 'reset']],
  [/^tcp\.(?:times|medianHandshakeMs)/, ['handshake', 'latency']],
  [/^dns\.(?:queries|unanswered|servers)/, ['query', 'request']],
  [/^dns\.(?:rcodes|responses|latency|medianLatencyMs)/, ['response', 'latency', 'median']],
  [/^dns\.names/, ['query', 'name']],
  [/^tls\./, ['handshake', 'connection']],
  [/^http\.statuses|^http\.statusClasses/, ['response', 'error']],
  [/^http\.(?:methods|hosts)/, ['request']],
  [/^logins\.refused/, ['login', 'refused', 'attempt', 'failed']],
  [/^logins\.accepted/, ['login', 'accepted']],
  [/^logins\.secrets/, ['password', 'packet']],
  [/^capture\.durationSeconds/, ['duration']],
];

const item = (
  value: number,
  dimension: Dimension,
  own: string[],
  all: string[] = [],
  path = 'derived',
): Item => ({
  value,
  dimension,
  own: new Set(own),
  all: new Set([...own, ...all]),
  about: [],
  tag: null,
  path,
});

const FULL_LIST = 200;

/** How many there are: of a list that is full nobody knows. */
function lengths({ conversations, endpoints, protocols, totals }: CaptureFacts): Item[] {
  return [
    ...lengthOf(totals?.conversations, conversations).map((n) => item(n, 'count', ['conversation'])),
    ...lengthOf(totals?.endpoints, endpoints).map((n) => item(n, 'count', ['endpoint'])),
    item(protocols.length, 'count', ['protocol']),
  ];
}

function lengthOf(total: Families | undefined, list: readonly unknown[]): number[] {
  if (total !== undefined) return [total.ipv4 + total.ipv6 + total.nonIp];
  return list.length < FULL_LIST ? [list.length] : [];
}

function rates({ rates: measured, capture }: CaptureFacts): Item[] {
  const { packets, dataBytes, durationSeconds } = capture;
  const mean =
    durationSeconds > 0
      ? [
          item(packets / durationSeconds, 'packets/s', [], ['mean', 'packet']),
          item(dataBytes / durationSeconds, 'bytes/s', [], ['mean']),
        ]
      : [];
  if (measured === null) return mean;
  const { bucketSeconds, peakBytes, peakPackets, peakAtSeconds } = measured;
  return [
    ...mean,
    item(peakPackets / bucketSeconds, 'packets/s', ['max'], ['packet']),
    item(peakBytes / bucketSeconds, 'bytes/s', ['max']),
    item(peakAtSeconds, 'seconds', ['max']),
  ];
}

/** Of which whole a number is a part. */
function wholeOf({ path, dimension }: Item, { capture, tcp, dns, http }: CaptureFacts): number | null {
  if (dimension === 'bytes')
    return /^(?:conversations|endpoints|protocols)\./.test(path) ? capture.dataBytes : null;
  if (dimension !== 'count') return null;
  if (/^(?:conversations|endpoints|protocols)\..*packets/i.test(path)) return capture.packets;
  if (/^tcp\.(?:established|refused|unanswered|outcomes)/.test(path)) return tcp.connections;
  if (/^tcp\.(?:retransmissions|fastRetransmissions)$/.test(path)) return tcp.dataSegments;
  if (path === 'dns.unanswered' || path === 'dns.responses') return dns.queries;
  if (path.startsWith('dns.rcodes')) return dns.responses;
  return path.startsWith('http.status') ? (http?.responses ?? null) : null;
}

function shares(items: readonly Item[], facts: CaptureFacts): Item[] {
  return items.flatMap((part): Item[] => {
    const whole = wholeOf(part, facts);
    if (whole === null || whole <= 0) return [];
    const all = new Set([...part.all, ...(part.dimension === 'bytes' ? [] : ['packet'])]);
    return [{ ...part, value: (100 * part.value) / whole, dimension: 'percent', all }];
  });
}

/** Findings in all, by severity, and those that must not be left out. */
function counts(findings: readonly Finding[]): Item[] {
  const by = SEVERITIES.map((severity) =>
    item(
      findings.filter((finding) => finding.severity === severity).length,
      'count',
      [severity],
      ['finding'],
    ),
  );
  return [item(findings.length, 'count', ['finding']), ...by];
}
