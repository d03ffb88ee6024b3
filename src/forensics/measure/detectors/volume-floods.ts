import { confirmed, measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, duration, grade, times, type Detector } from '../draft.ts';
import { all, notQuoted, oneOf, to } from '../filter.ts';
import { isGroupAddress } from '../packet.ts';
import type { Volume } from '../tables/volume.ts';
import type { Tables } from '../tables.ts';
import { isDnsTunnel, isIcmpTunnel } from './tunnels.ts';

/** ICMP in attack volume against one host or group. */
export const icmpFlood: Detector = { kind: 'icmp_flood', detect: detectIcmp };

/** UDP in attack volume that nobody answers. */
export const udpFlood: Detector = { kind: 'udp_flood', detect: detectUdp };

/** DNS queries in attack volume. */
export const dnsFlood: Detector = { kind: 'dns_flood', detect: detectDns };

const MIN_ICMP = 100;
const ICMP_PER_SECOND = 100;
const STEADY_ICMP = 500;
const STEADY_PER_SECOND = 20;
const MIN_DATAGRAMS = 200;
/** A capture of a fraction of a second shows the rate all the same. */
const MIN_BURST = 100;
const BURST_PER_SECOND = 1_000;
const DATAGRAMS_PER_SECOND = 200;
/** More than most streams of sound or pictures send in one flow. */
const ONE_FLOW_PER_SECOND = 500;
const MANY_FLOWS = 50;
const ANSWERED_SHARE = 0.05;
/** A scan knocks on each port a few times, a flood hammers. */
const PER_PORT = 3;
const SCAN_PER_SECOND = 5_000;
const MIN_QUERIES = 100;
const QUERIES_PER_SECOND = 100;
const MAX_ACTORS = 20;

/** Echo, redirect, timestamp, information and mask messages; unreachables only follow what others sent. */
const ICMP_TYPES = new Set(['icmp 0', 'icmp 5', 'icmp 8', 'icmp 13', 'icmp 15', 'icmp 17']);
const ICMPV6_TYPES = new Set([128, 129, 130, 131, 133, 135, 136, 143].map((type) => `icmpv6 ${type}`));

const lasted = ({ firstAt, lastAt }: Volume): number => lastAt - firstAt;

function isIcmpVolume(volume: Volume): boolean {
  const { seen, peak } = volume;
  const steady = seen.count >= Math.max(STEADY_ICMP, lasted(volume) * STEADY_PER_SECOND);
  return seen.count >= MIN_ICMP && (peak >= ICMP_PER_SECOND || steady);
}

const isReply = ({ sort }: Volume): boolean => sort === 'icmp 0' || sort === 'icmpv6 129';

function detectIcmp({ volume, icmp, overview }: Tables): FindingDraft[] {
  const tunnels = new Set(icmp.echoes.filter(isIcmpTunnel).flatMap(({ a, b }) => [a, b]));
  const asked = new Map(icmp.pingers.map(({ source, requests }) => [source, requests.count]));
  const floods = volume.volumes.filter(
    (candidate) =>
      (ICMP_TYPES.has(candidate.sort) || ICMPV6_TYPES.has(candidate.sort)) &&
      isIcmpVolume(candidate) &&
      !tunnels.has(candidate.target) &&
      ![...candidate.sources].every((source) => isGroupAddress(source)) &&
      !(isReply(candidate) && candidate.seen.count < 2 * (asked.get(candidate.target) ?? 0)),
  );
  return [...Map.groupBy(floods, ({ target }) => target)].map(([target, group]) => {
    const evidence = mergeEvidence(group.map(({ seen }) => seen));
    const sources = [...new Set(group.flatMap((each) => [...each.sources]))];
    const peak = Math.max(...group.map((each) => each.peak));
    const types = group.map(({ sort }) => sort.split(' ')[1] ?? '');
    const name = group[0]?.sort.startsWith('icmpv6') === true ? 'icmpv6' : 'icmp';
    return draft('icmp_flood', {
      title: `${times(evidence.count, 'ICMP message')} flooded ${target}, up to ${peak} in a second`,
      severity: 'high',
      ...measured(peak, 2 * ICMP_PER_SECOND, 'messages in one second'),
      actor: sources.slice(0, MAX_ACTORS),
      target: [target],
      evidence,
      filter: all(oneOf(`${name}.type`, types), to(target), overview.quotes && `${name}.type != 3`),
      explanation:
        `${evidence.count} messages of type ${types.join(', ')} from ${times(sources.length, 'address')} in ` +
        `${duration(Math.max(...group.map(lasted)))}: no test of reachability needs as many.`,
      alternatives: 'A flood ping or load test of your own, or a loop in the network.',
      notChecked: 'Whether the sources are forged.',
    });
  });
}

function isUdpFlood(
  { seen, peak, flows, targetPorts, plain, target, sources, firstAt, lastAt }: Volume,
  sent: number,
): boolean {
  const burst = seen.count >= MIN_BURST && lastAt - firstAt <= seen.count / BURST_PER_SECOND;
  if (isGroupAddress(target)) return false;
  if (!burst && (seen.count < MIN_DATAGRAMS || peak < DATAGRAMS_PER_SECOND)) return false;
  if (sent > seen.count * ANSWERED_SHARE || plain < seen.count / 2) return false;
  const scan = seen.count <= targetPorts.size * PER_PORT && sources.size <= 3 && peak < SCAN_PER_SECOND;
  return !scan && (burst || flows.size >= MANY_FLOWS || peak >= ONE_FLOW_PER_SECOND);
}

function detectUdp({ volume, overview }: Tables): FindingDraft[] {
  const floods = volume.volumes.filter(
    (candidate) => candidate.sort === 'udp' && isUdpFlood(candidate, volume.sent.get(candidate.target) ?? 0),
  );
  return floods.map((flood) => {
    const { target, seen, sources, flows, targetPorts, peak } = flood;
    return draft('udp_flood', {
      title: `${times(seen.count, 'datagram')} flooded ${target}, up to ${peak} in a second`,
      severity: grade([['high', flows.size >= MANY_FLOWS]], 'medium'),
      ...measured(flows.size, MANY_FLOWS, flows.size === 1 ? 'flow' : 'flows'),
      actor: [...sources].slice(0, MAX_ACTORS),
      target: [target],
      ports: targetPorts,
      evidence: seen,
      filter: all('udp', to(target), notQuoted(overview.quotes)),
      explanation:
        `${seen.count} datagrams from ${times(sources.size, 'address')} to ${times(targetPorts.size, 'port')} in ` +
        `${duration(lasted(flood))}, hardly one answered, and most of them speak no protocol.`,
      alternatives: 'A throughput test, or a one-way stream of data at a high rate.',
      notChecked: 'Whether the sources are forged, and what the payload means.',
    });
  });
}

function detectDns({ volume, dns, dnsNames, overview }: Tables): FindingDraft[] {
  const tunnels = new Set(dnsNames.filter(isDnsTunnel).map(({ server }) => server));
  const floods = volume.volumes.filter(
    ({ sort, seen, peak, target }) =>
      sort === 'dns' &&
      seen.count >= MIN_QUERIES &&
      peak >= QUERIES_PER_SECOND &&
      !isGroupAddress(target) &&
      !tunnels.has(target),
  );
  return floods.map((flood) => {
    const { target, seen, sources, peak } = flood;
    const answers = dns.pairs.reduce((sum, pair) => sum + (pair.server === target ? pair.responses : 0), 0);
    return draft('dns_flood', {
      title: `${times(seen.count, 'DNS query')} flooded ${target}, up to ${peak} in a second`,
      severity: grade([['high', answers < seen.count / 2 || peak >= 5 * QUERIES_PER_SECOND]], 'medium'),
      ...confirmed(
        answers < seen.count / 2,
        'the server could not keep up with the answers',
        'the server answered, as it does a busy client',
      ),
      actor: [...sources].slice(0, MAX_ACTORS),
      target: [target],
      ports: [53],
      evidence: seen,
      filter: all('udp', 'dns.flags.response == 0', to(target), notQuoted(overview.quotes)),
      explanation:
        `${seen.count} queries of ${times(sources.size, 'address')} in ${duration(lasted(flood))}; ` +
        `${times(answers, 'answer')} ${answers === 1 ? 'was' : 'were'} seen.`,
      alternatives:
        'A busy resolver, a mail server or crawler that looks up many names, or a bulk look-up tool.',
      notChecked: 'Queries over TCP, and whether the sources are forged.',
    });
  });
}
