import type { Coverage, LookedFor } from '../../../domain/facts/coverage.ts';
import { times } from '../draft.ts';
import { hasDuplicates, hasGaps, oneSidedHosts } from '../recording.ts';
import type { Tables } from '../tables.ts';
import type { ReadingOutcome } from './capture.ts';
import { COVERAGE_GROUPS, type CoverageGroup } from './coverage-groups.ts';
import { rounded, sum } from './figures.ts';

/** What stands in the way of judging a capture, asked group by group. */
interface Obstacles {
  packets: number;
  seconds: number;
  payload: Coverage['payload'];
  snapped: number;
  filter: string | null;
  streams: string | null;
  hasTls: boolean;
  isWithoutTshark: boolean;
  tsharkSawPart: string | null;
}

/** Share of cut packets from which hardly any payload is left. */
const MOSTLY_CUT = 0.5;

/**
 * What was looked for and not found, and what that rests on: a negative without its coverage says nothing. `found` are
 * the kinds of all findings.
 */
export function coverageOf(
  tables: Tables,
  { linkTypes, interfaces = [], isWithoutTshark = false, tsharkSawPart = null }: ReadingOutcome,
  found: ReadonlySet<string>,
): Coverage {
  const { overview } = tables;
  const start = overview.firstAt ?? 0;
  const recorded = interfaces.flatMap(({ filter }) => filter ?? []);
  const obstacles: Obstacles = {
    packets: overview.packets,
    seconds: rounded((overview.lastAt ?? start) - start),
    payload: payloadOf(overview),
    snapped: overview.snapped,
    filter: recorded.length > 0 ? `capture filter "${recorded[0]}"` : looksFiltered(tables),
    streams: brokenStreams(tables),
    hasTls: packetsWith(tables, ['tls', 'quic', 'ssl']) > 0,
    isWithoutTshark,
    tsharkSawPart,
  };
  return {
    packets: obstacles.packets,
    seconds: obstacles.seconds,
    linkTypes: linkTypes.length > 0 ? linkTypes : [...overview.links],
    payload: obstacles.payload,
    filter: obstacles.filter,
    groups: COVERAGE_GROUPS.map((group) => judge(group, tables, obstacles, found)),
  };
}

function payloadOf({ packets, snapped }: Tables['overview']): Coverage['payload'] {
  if (snapped === 0) return 'whole';
  return snapped >= packets * MOSTLY_CUT ? 'none' : 'cut';
}

/** Packets of flows in which one of the layers was recognised; all of them where no layer is named. */
function packetsWith({ protocols, overview }: Tables, layers: readonly string[]): number {
  if (layers.length === 0) return overview.packets;
  const wanted = new Set(layers);
  return sum(
    protocols
      .filter(({ path }) => path.split(':').some((layer) => wanted.has(layer)))
      .map(({ packets }) => packets),
  );
}

function judge(
  group: CoverageGroup,
  tables: Tables,
  obstacles: Obstacles,
  found: ReadonlySet<string>,
): LookedFor {
  const packets = packetsWith(tables, group.layers);
  const named: Pick<LookedFor, 'group' | 'found' | 'notFound' | 'packets'> = {
    group: group.group,
    found: group.kinds.filter((kind) => found.has(kind)),
    notFound: group.kinds.filter((kind) => !found.has(kind)),
    packets,
  };
  if (group.needsTshark === true && obstacles.isWithoutTshark)
    return { ...named, state: 'not_judged', why: 'these protocols need tshark, which did not run' };
  if (packets === 0) return { ...named, state: 'no_traffic', why: noTraffic(obstacles.filter) };
  if (group.needsPayload === true && obstacles.payload === 'none')
    return {
      ...named,
      state: 'not_judged',
      why: `${obstacles.snapped} of ${obstacles.packets} packets were cut short when they were recorded, so there is hardly any payload`,
    };
  const limits = limitsOf(group, obstacles);
  return {
    ...named,
    state: limits.length === 0 ? 'looked' : 'limited',
    why: limits.length === 0 ? null : limits.join('; '),
  };
}

/** A filter may have kept out what a silence seems to tell. */
const noTraffic = (filter: string | null): string | null =>
  filter === null ? null : `the capture is filtered (${filter}), so this says nothing about the network`;

function limitsOf(group: CoverageGroup, obstacles: Obstacles): string[] {
  const { payload, snapped, filter, streams, hasTls, seconds, tsharkSawPart } = obstacles;
  const short = group.needsSeconds !== undefined && seconds < group.needsSeconds;
  const limits: [boolean, string][] = [
    [
      group.needsPayload === true && payload === 'cut',
      `${times(snapped, 'packet')} were cut short when recorded`,
    ],
    [group.needsAllTraffic === true && filter !== null, `only part of the traffic: ${filter}`],
    [group.needsWholeStreams === true && streams !== null, streams ?? ''],
    [group.hiddenByTls === true && hasTls, 'encrypted payload was not read'],
    [group.needsTshark === true && tsharkSawPart !== null, tsharkSawPart ?? ''],
    [short, `what comes again at intervals needs more than ${seconds} s`],
  ];
  return limits.filter(([holds]) => holds).map(([, words]) => words);
}

/** Why segments that seem lost or repeated need not be; null where streams were recorded whole. */
function brokenStreams(tables: Tables): string | null {
  const faults: [boolean, string][] = [
    [hasDuplicates(tables), 'frames were recorded twice'],
    [hasGaps(tables), 'the recording lacks segments'],
    [oneSidedHosts(tables).size > 0, 'some connections were recorded in one direction only'],
  ];
  const said = faults.filter(([holds]) => holds).map(([, words]) => words);
  return said.length === 0 ? null : said.join(', ');
}

const MIN_PACKETS = 50;
const MIN_PAIRS = 3;

/** A guess by what is missing: networks are never this quiet about everything else. */
function looksFiltered({ overview, talkers, tcp, protocols }: Tables): string | null {
  if (overview.packets < MIN_PACKETS) return null;
  const kinds = new Set(protocols.flatMap(({ path }) => transportOf(path)));
  const [only] = kinds;
  const [port, ...otherPorts] = new Set(tcp.connections.map(({ serverPort }) => serverPort));
  if (kinds.size === 1 && only === 'tcp' && port !== undefined && otherPorts.length === 0)
    return `it holds nothing but TCP port ${port}`;
  if (kinds.size === 1 && only !== undefined && only !== 'tcp' && only !== 'other')
    return `it holds nothing but ${only}`;
  const [first] = talkers.pairs;
  const host = [first?.a, first?.b].find(
    (address) => address !== undefined && talkers.pairs.every(({ a, b }) => a === address || b === address),
  );
  return host !== undefined && talkers.pairs.length >= MIN_PAIRS
    ? `it holds nothing but traffic of ${host}`
    : null;
}

const KINDS = ['tcp', 'udp', 'icmp', 'icmpv6', 'arp', 'wlan', 'sctp'];
const transportOf = (path: string): string =>
  path.split(':').findLast((layer) => KINDS.includes(layer)) ?? 'other';
