import { confirmed } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, duration, times, type Detector } from '../draft.ts';
import { all, between, notQuoted, oneOf } from '../filter.ts';
import { isGroupAddress } from '../packet.ts';
import type { BlindProbe } from '../tables/blind-probes.ts';
import type { Tables } from '../tables.ts';

/** Scans without SYN: over UDP, or with acknowledgements of connections that do not exist. */
export const blindScan: Detector = { kind: 'port_scan', detect };

const UDP_PORTS = 20;
const TCP_PORTS = 12;
/** A scan asks each port a few times; whoever wants the service asks more often. */
const PER_PORT = 5;
const ANSWERED_SHARE = 0.2;
const RESET_SHARE = 0.5;

function isUdpScan({ kind, target, seen, ports, answering, unreachable }: BlindProbe): boolean {
  if (kind !== 'udp' || isGroupAddress(target) || ports.size < UDP_PORTS) return false;
  if (seen.count > ports.size * PER_PORT || answering.size > ports.size * ANSWERED_SHARE) return false;
  // Without a refusal it may be a program that sends to ports agreed on elsewhere: then it takes far more.
  return unreachable > 0 || ports.size >= UDP_PORTS * 5;
}

/** Only ports that answer such a segment with a reset show that no connection was there. */
const isTcpScan = ({ kind, ports, answering, used }: BlindProbe): boolean =>
  kind === 'tcp' &&
  ports.size >= TCP_PORTS &&
  answering.size >= ports.size * RESET_SHARE &&
  used.size <= ports.size * ANSWERED_SHARE;

function detect({ blindProbes, volume, overview }: Tables): FindingDraft[] {
  const flooded = new Set(
    volume.volumes
      .filter(({ sort, peak }) => sort === 'udp' && peak >= FLOOD_PER_SECOND)
      .map(({ target }) => target),
  );
  return blindProbes
    .filter((probe) => (isUdpScan(probe) && !flooded.has(probe.target)) || isTcpScan(probe))
    .map((probe) => scan(probe, notQuoted(overview.quotes)));
}

const FLOOD_PER_SECOND = 5_000;

function scan(probe: BlindProbe, noQuotes: string): FindingDraft {
  const { kind, source, target, seen, ports, answering, flags, unreachable } = probe;
  const udp = kind === 'udp';
  return draft('port_scan', {
    title: `${source} probed ${ports.size} ports of ${target} ${udp ? 'by UDP' : 'without a handshake'}`,
    severity: 'high',
    ...confirmed(
      !udp || unreachable > 0,
      'the target said of ports that nothing listens there',
      'nobody answered, as with a program that sends to many ports',
    ),
    actor: [source],
    target: [target],
    ports,
    evidence: seen,
    filter: all(
      udp
        ? 'udp'
        : `tcp.len == 0 && ${oneOf(
            'tcp.flags',
            [...flags].map((value) => `0x${value.toString(16).padStart(4, '0')}`),
          )}`,
      between(source, target),
      noQuotes,
    ),
    explanation:
      `${udp ? 'UDP scan' : 'ACK or FIN+ACK scan'}: ${times(seen.count, 'probe')} to ${ports.size} ports in ` +
      `${duration(probe.lastAt - probe.firstAt)}; ${answering.size} answered` +
      `${udp ? `, and ${times(unreachable, 'ICMP message')} said that nothing listens` : ' with a reset, as ports without a connection do'}.`,
    alternatives: udp
      ? 'A program that uses many ports at once (file sharing, telephony), or a discovery tool of an asset inventory.'
      : 'A server or firewall that restarted and forgot its connections, or an audit of your own.',
    notChecked: 'Scans slower than the capture is long.',
  });
}
