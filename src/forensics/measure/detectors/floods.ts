import { measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, duration, times, type Detector } from '../draft.ts';
import { all, notQuoted, SYN_ONLY, to } from '../filter.ts';
import { isPortScan } from '../scans.ts';
import type { Probe } from '../tables/syn-probes.ts';
import type { Tables } from '../tables.ts';

/** SYNs in attack volume against one host. */
export const synFlood: Detector = { kind: 'syn_flood', detect: detectSyns };

/** DHCP requests in numbers that exhaust the server's addresses. */
export const dhcpFlood: Detector = { kind: 'dhcp_flood', detect: detectDhcp };

const MIN_SYNS = 500;
/** So many senders that say no more than one or two SYNs each are forged: fewer of these will do. */
const FORGED_SYNS = 100;
const FORGED_SENDERS = 50;
const SYNS_PER_SENDER = 3;
const SYNS_PER_SECOND = 50;
const USED_SHARE = 0.1;
const MIN_DISCOVERS = 100;
const DISCOVERS_PER_SECOND = 10;

function detectSyns({ probes, overview }: Tables): FindingDraft[] {
  const groups = Map.groupBy(
    probes.filter((probe) => probe.syns.count > 0 && !isPortScan(probe)),
    ({ server }) => server,
  );
  return [...groups].flatMap(([server, attempts]) => {
    const evidence = mergeEvidence(attempts.map((probe) => probe.syns));
    const seconds =
      Math.max(...attempts.map((probe) => probe.lastAt)) -
      Math.min(...attempts.map((probe) => probe.firstAt));
    const used = attempts.filter((probe) => probe.usedPorts.size > 0).length;
    const least = isForged(attempts, evidence.count) ? FORGED_SYNS : MIN_SYNS;
    if (evidence.count < Math.max(least, seconds * SYNS_PER_SECOND) || used > attempts.length * USED_SHARE)
      return [];
    const sources = attempts.map(({ client }) => client);
    return [
      draft('syn_flood', {
        title: `${times(evidence.count, 'SYN')} from ${sources.length} addresses flooded ${server}`,
        severity: 'high',
        ...measured(evidence.count, MIN_SYNS, 'SYNs of which next to none was used'),
        actor: sources.slice(0, 20),
        target: [server],
        ports: attempts.flatMap(({ ports }) => [...ports].slice(0, 20)),
        evidence,
        filter: all(SYN_ONLY, to(server), notQuoted(overview.quotes)),
        explanation: `${evidence.count} SYNs in ${duration(seconds)}, and next to none led to a connection in use.`,
        alternatives: 'A load test, or clients that hammer a service which is down.',
        notChecked: 'Whether the sources are forged.',
      }),
    ];
  });
}

const isForged = (attempts: readonly Probe[], syns: number): boolean =>
  attempts.length >= FORGED_SENDERS && syns <= attempts.length * SYNS_PER_SENDER;

function detectDhcp({ dhcp }: Tables): FindingDraft[] {
  const { discovers, clients, servers, six, firstAt, lastAt } = dhcp;
  const seconds = lastAt - firstAt;
  if (discovers.count < Math.max(MIN_DISCOVERS, seconds * DISCOVERS_PER_SECOND)) return [];
  return [
    draft('dhcp_flood', {
      title: `${discovers.count} DHCP discoveries in ${duration(seconds)}`,
      severity: 'high',
      ...measured(discovers.count, MIN_DISCOVERS, 'discoveries'),
      actor: [],
      target: servers,
      ports: six === 0 ? [67] : [547],
      evidence: discovers,
      filter: six === 0 ? 'dhcp.option.dhcp == 1' : '(dhcp.option.dhcp == 1 || dhcpv6.msgtype == 1)',
      explanation:
        `${discovers.count} DHCPDISCOVER messages with ${clients.size} hardware addresses in ${duration(seconds)}: ` +
        `the address pool of the server runs dry.`,
      alternatives: 'A large network that comes back after a power failure.',
      notChecked: 'Which switch port they come from.',
    }),
  ];
}
