import { measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, duration, times, type Detector } from '../draft.ts';
import { all, notQuoted, SYN_ONLY, to } from '../filter.ts';
import { isPortScan } from '../scans.ts';
import type { Tables } from '../tables.ts';

/** SYNs in attack volume against one host. */
export const synFlood: Detector = { kind: 'syn_flood', detect: detectSyns };

/** DHCP requests in numbers that exhaust the server's addresses. */
export const dhcpFlood: Detector = { kind: 'dhcp_flood', detect: detectDhcp };

const MIN_SYNS = 500;
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
    if (evidence.count < Math.max(MIN_SYNS, seconds * SYNS_PER_SECOND) || used > attempts.length * USED_SHARE)
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

function detectDhcp({ dhcp }: Tables): FindingDraft[] {
  const { discovers, clients, servers, firstAt, lastAt } = dhcp;
  const seconds = lastAt - firstAt;
  if (discovers.count < Math.max(MIN_DISCOVERS, seconds * DISCOVERS_PER_SECOND)) return [];
  return [
    draft('dhcp_flood', {
      title: `${discovers.count} DHCP discoveries in ${duration(seconds)}`,
      severity: 'high',
      ...measured(discovers.count, MIN_DISCOVERS, 'discoveries'),
      actor: [],
      target: servers,
      ports: [67],
      evidence: discovers,
      filter: 'dhcp.option.dhcp == 1',
      explanation:
        `${discovers.count} DHCPDISCOVER messages with ${clients.size} hardware addresses in ${duration(seconds)}: ` +
        `the address pool of the server runs dry.`,
      alternatives: 'A large network that comes back after a power failure.',
      notChecked: 'Which switch port they come from.',
    }),
  ];
}
