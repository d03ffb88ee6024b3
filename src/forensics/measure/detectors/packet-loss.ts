import { inferred, measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { directions, type Direction } from '../directions.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, between, oneOf } from '../filter.ts';
import { isIpv6 } from '../packet.ts';
import { hasDuplicates } from '../recording.ts';
import type { PingSeries } from '../tables/pings.ts';
import type { Tables } from '../tables.ts';
import { isTraceroute } from './traceroute-loss.ts';
import { isIcmpTunnel } from './tunnels.ts';

/** Packets that the network lost: holes that a receiver complained about and that were filled later, and lost pings. */
export const packetLoss: Detector = { kind: 'packet_loss', detect };

const SOME = 5;
const SOME_SHARE = 0.01;
const MIN_PINGS = 5;
const MIN_LOST_PINGS = 2;
const PING_SHARE = 0.05;
const MANY_PINGS_SHARE = 0.1;
/** A question asked so shortly before the end of the capture may still be answered. */
const LAST_SECONDS = 2;
const MAX_SEQUENCES = 100;

function detect(tables: Tables): FindingDraft[] {
  const holes = hasDuplicates(tables) ? [] : directions(tables).flatMap(judgeHoles);
  const end = tables.overview.lastAt ?? 0;
  // What goes missing in a tunnel or a flood is told with it.
  const told = new Set(tables.icmp.echoes.filter(isIcmpTunnel).flatMap(({ a, b }) => [a, b]));
  const pings = tables.pings.filter(({ source, target }) => !told.has(source) || !told.has(target));
  return [...holes, ...pings.flatMap((series) => judgePings(series, end))];
}

/**
 * At the receiver a lost segment is a hole that duplicate acknowledgements ask to fill, and that a later segment fills. A
 * hole that is acknowledged at once was lost by the capture, and is told as that.
 */
function judgeHoles({ sender, receiver, sides, replies, ports }: Direction): FindingDraft[] {
  const lossy = sides.filter((side, index) => {
    const asked = replies[index]?.duplicateAcks.count ?? 0;
    return side.holes.count > 0 && asked > 0 && side.retransmissions.count + side.outOfOrder > 0;
  });
  const evidence = mergeEvidence(lossy.map(({ holes }) => holes));
  if (evidence.count === 0) return [];
  const segments = sides.reduce((sum, { dataSegments }) => sum + dataSegments, 0);
  return [
    draft('packet_loss', {
      title: `Segments of ${sender} to ${receiver} were lost ${times(evidence.count, 'time')} on the way`,
      severity: grade([['medium', evidence.count >= SOME && evidence.count >= segments * SOME_SHARE]], 'low'),
      ...inferred('the receiver asked again and the hole was filled, as overtaking packets do too'),
      actor: [sender],
      target: [receiver],
      ports,
      evidence,
      filter: all('tcp.analysis.lost_segment', between(sender, receiver)),
      explanation:
        `${times(evidence.count, 'hole')} in ${segments} data segments: the receiver asked for what was missing with duplicate ` +
        `acknowledgements, and it was sent again, so the network lost it before the capture point.`,
      alternatives:
        'Packets that overtook each other, or that the capture missed while the network lost others.',
      notChecked: 'How many segments each hole is wide.',
    }),
  ];
}

function judgePings(series: PingSeries, end: number): FindingDraft[] {
  const { by, source, target, sent, reached, unfollowed } = series;
  if (by !== 'icmp' || !reached || unfollowed > 0 || isTraceroute(series)) return [];
  const lost = series.unanswered.filter(({ at }) => at <= end - LAST_SECONDS);
  if (sent < MIN_PINGS || lost.length < MIN_LOST_PINGS || lost.length < sent * PING_SHARE) return [];
  const six = isIpv6(target);
  const sequences = new Set(lost.slice(0, MAX_SEQUENCES).map(({ sequence }) => sequence));
  return [
    draft('packet_loss', {
      title: `${lost.length} of ${sent} pings of ${source} to ${target} got no answer`,
      severity: grade([['medium', lost.length >= sent * MANY_PINGS_SHARE]], 'low'),
      ...measured(sent, MIN_PINGS, 'pings, each answered or not'),
      actor: [source],
      target: [target],
      evidence: { count: lost.length, frames: lost.slice(0, 20).map(({ frame }) => frame) },
      filter: all(
        six ? 'icmpv6.type == 128' : 'icmp.type == 8',
        between(source, target),
        lost.length <= MAX_SEQUENCES && oneOf(six ? 'icmpv6.echo.sequence_number' : 'icmp.seq', sequences),
      ),
      matching: lost.length <= MAX_SEQUENCES ? lost.length : null,
      explanation:
        `${sent - lost.length} echo requests were answered and ${lost.length} were not ` +
        `(${((lost.length / sent) * 100).toFixed(1)} %): requests or answers get lost.`,
      alternatives: 'A host or firewall that limits how often it answers pings.',
      notChecked: 'Whether the request or the answer was lost.',
    }),
  ];
}
