import { measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, duration, times, type Detector } from '../draft.ts';
import { all, from, notQuoted, oneOf, SYN_ONLY } from '../filter.ts';
import { isPingSweep, tcpSweeps, udpSweeps, type Sweep, type UdpSweep } from '../scans.ts';
import { MAX_GROUPS, type Pinger } from '../tables/icmp.ts';
import { isIpv6 } from '../packet.ts';
import type { Tables } from '../tables.ts';

/** Many hosts tried for the same thing: by ping, or by one TCP port. */
export const hostSweep: Detector = { kind: 'host_sweep', detect };

function detect({ icmp, ...tables }: Tables): FindingDraft[] {
  const pings = icmp.pingers.filter(isPingSweep);
  const whole = { icmp, ...tables };
  const { quotes } = tables.overview;
  return [
    ...pings.map(pingSweep),
    ...tcpSweeps(whole).map((sweep) => tcpSweep(sweep, quotes)),
    ...udpSweeps(whole).map((sweep) => udpSweep(sweep, quotes)),
  ];
}

function pingSweep({ source, targets, groups, requests, firstAt, lastAt }: Pinger): FindingDraft {
  const six = isIpv6(source);
  const listed = groups.size <= MAX_GROUPS;
  return draft('host_sweep', {
    title: `${source} pinged ${targets.size} hosts`,
    severity: 'medium',
    ...measured(targets.size, 20, 'hosts pinged'),
    actor: [source],
    target: [],
    evidence: requests,
    filter: all(
      six ? 'icmpv6.type == 128' : 'icmp.type == 8',
      from(source),
      groups.size > 0 && listed && `!(${oneOf(six ? 'ipv6.dst' : 'ip.dst', groups)})`,
    ),
    matching: listed ? requests.count : null,
    explanation: `${requests.count} echo requests to ${targets.size} hosts in ${duration(lastAt - firstAt)}.`,
    alternatives: 'A monitoring system that watches these hosts.',
    notChecked: 'Sweeps slower than one host in five seconds.',
  });
}

function tcpSweep({ client, ports, probes }: Sweep, quotes: boolean): FindingDraft {
  const evidence = mergeEvidence(probes.map((probe) => probe.syns));
  const which = ports.length === 1 ? `port ${ports[0]}` : `${ports.length} ports`;
  return draft('host_sweep', {
    title: `${client} tried ${which} of ${probes.length} hosts`,
    severity: 'medium',
    ...measured(probes.length, 50, 'hosts tried'),
    actor: [client],
    target: [],
    ports,
    evidence,
    filter: all(SYN_ONLY, from(client), oneOf('tcp.dstport', ports), notQuoted(quotes)),
    explanation: `${evidence.count} SYNs to ${which} of ${probes.length} hosts, of which few were used.`,
    alternatives:
      'A monitoring system, a peer-to-peer program, or a client of a service whose hosts are down.',
    notChecked: 'Sweeps that use each port once.',
  });
}

function udpSweep({ source, port, probes }: UdpSweep, quotes: boolean): FindingDraft {
  const evidence = mergeEvidence(probes.map(({ seen }) => seen));
  return draft('host_sweep', {
    title: `${source} tried UDP port ${port} of ${probes.length} hosts`,
    severity: 'medium',
    ...measured(probes.length, 50, 'hosts tried'),
    actor: [source],
    target: [],
    ports: [port],
    evidence,
    filter: all(from(source), `udp.dstport == ${port}`, notQuoted(quotes)),
    explanation: `${times(evidence.count, 'datagram')} to UDP port ${port} of ${probes.length} hosts, of which few answered.`,
    alternatives: 'A monitoring or management system that looks for its devices.',
    notChecked: 'Ports that sharing and telephony programs choose for themselves.',
  });
}
