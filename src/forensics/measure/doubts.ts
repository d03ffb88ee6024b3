import { doubted } from '../../domain/confidence.ts';
import type { FindingDraft } from '../../domain/finding.ts';
import type { FindingKind } from '../../domain/finding-kinds.ts';
import { oneSidedHosts } from './recording.ts';
import type { Tables } from './tables.ts';

/** Kinds that rest on something not being in the capture: an answer, an acknowledgement, the other direction. */
const ABSENCE: ReadonlySet<FindingKind> = new Set<FindingKind>([
  'amplification',
  'dns_flood',
  'dns_no_response',
  'icmp_flood',
  'one_way_audio',
  'packet_loss',
  'syn_flood',
  'tcp_connect_timeout',
  'tcp_stall',
  'traceroute_loss',
  'udp_flood',
]);

/** Kinds that a capture which loses packets itself brings about. */
const HOLES: ReadonlySet<FindingKind> = new Set<FindingKind>([
  'dns_no_response',
  'high_latency_client',
  'high_latency_server',
  'packet_loss',
  'rtp_loss',
  'tcp_connect_timeout',
  'traceroute_loss',
]);

/** Kinds that rest on the times of packets. */
const TIMES: ReadonlySet<FindingKind> = new Set<FindingKind>([
  'beaconing',
  'high_latency_client',
  'high_latency_network',
  'high_latency_server',
  'rtp_quality',
]);

/** So many packets of a hundred out of order in time make times worthless. */
const BACKWARDS_SHARE = 0.01;

/** Takes a step of confidence off findings that rest on what this recording is bad at, and says why. */
export function weigh(drafts: readonly FindingDraft[], tables: Tables): FindingDraft[] {
  const halved = oneSidedHosts(tables);
  const { overview, tcp } = tables;
  const losing = tcp.ackedUnseen > 0;
  const backwards = overview.backInTime > overview.packets * BACKWARDS_SHARE;
  return drafts.map((draft) => {
    const { kind, actor, target } = draft;
    const reasons = [
      ABSENCE.has(kind) && [...actor, ...target].some((host) => halved.has(host))
        ? 'connections of these hosts were recorded in one direction only'
        : '',
      HOLES.has(kind) && losing ? 'the recording lost packets itself' : '',
      TIMES.has(kind) && backwards ? 'the times of the packets run backwards' : '',
    ].filter((reason) => reason !== '');
    return reasons.reduce((judged, reason) => ({ ...judged, ...doubted(judged, reason) }), draft);
  });
}
