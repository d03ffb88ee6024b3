import { stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { directions, type Direction } from '../directions.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, any, between, oneOf } from '../filter.ts';
import { hasDuplicates, unlessRepeated } from '../recording.ts';
import type { Side } from '../tables/tcp.ts';
import type { Tables } from '../tables.ts';

/** Segments sent again because the receiver asked for them. */
export const tcpFastRetransmission: Detector = { kind: 'tcp_fast_retransmission', detect: detectFast };

/** Receivers that ask again and again for the same byte. */
export const tcpDuplicateAck: Detector = { kind: 'tcp_duplicate_ack', detect: detectDuplicates };

/** RFC 5681 retransmits upon the third duplicate. */
const THRICE = 3;
const FAST_SHARE = 0.03;
const DUPLICATE_SHARE = 0.1;

const segmentsOf = (sides: readonly Side[]): number =>
  sides.reduce((sum, { dataSegments }) => sum + dataSegments, 0);

const DOUBT = ' The capture holds frames twice, which looks the same: do not trust this number.';

function detectFast(tables: Tables): FindingDraft[] {
  const doubted = hasDuplicates(tables);
  return directions(tables).flatMap((direction) => fast(direction, doubted));
}

function fast({ sender, receiver, sides, ports }: Direction, doubted: boolean): FindingDraft[] {
  const evidence = mergeEvidence(sides.map(({ fastRetransmissions }) => fastRetransmissions));
  if (evidence.count === 0) return [];
  const segments = segmentsOf(sides);
  return [
    draft('tcp_fast_retransmission', {
      title: `${sender} sent ${times(evidence.count, 'segment')} again because ${receiver} kept asking`,
      severity: grade(
        [
          ['info', doubted],
          ['medium', evidence.count >= segments * FAST_SHARE],
        ],
        'low',
      ),
      ...unlessRepeated(doubted, stated('each came at once upon duplicate acknowledgements')),
      actor: [sender],
      target: [receiver],
      ports,
      evidence,
      filter: all('tcp.analysis.fast_retransmission', between(sender, receiver)),
      explanation:
        `${evidence.count} of ${segments} data segments followed at once upon duplicate acknowledgements: single segments ` +
        `were lost while later ones arrived.${doubted ? DOUBT : ''}`,
      alternatives: 'Segments that overtook each other on the path, which looks like loss to the receiver.',
      notChecked: 'Where on the path the loss happened: that needs a second capture at the other end.',
    }),
  ];
}

function detectDuplicates(tables: Tables): FindingDraft[] {
  const doubted = hasDuplicates(tables);
  return directions(tables).flatMap((direction) => duplicates(direction, doubted));
}

function duplicates(
  { sender, receiver, sides, replies, ports }: Direction,
  doubted: boolean,
): FindingDraft[] {
  const evidence = mergeEvidence(sides.map(({ duplicateAcks }) => duplicateAcks));
  const segments = segmentsOf(replies);
  // Without the data there is nothing to ask for: keep-alives of a one-sided capture look like this.
  if (evidence.count === 0 || segments === 0) return [];
  const often = evidence.count >= THRICE;
  // Keep-alives and probes are acknowledged twice as well: only what was sent again, or late, shows a hole.
  const filled = replies.some((side) => side.retransmissions.count + side.outOfOrder + side.holes.count > 0);
  // The sender took them for a loss.
  const hurried = replies.some(({ fastRetransmissions }) => fastRetransmissions.count > 0);
  return [
    draft('tcp_duplicate_ack', {
      title: `${sender} repeated an acknowledgement to ${receiver} ${times(evidence.count, 'time')}`,
      severity: grade(
        [
          ['info', doubted || !filled],
          ['medium', hurried && often && evidence.count >= segments * DUPLICATE_SHARE],
          ['low', often || evidence.count >= segments * DUPLICATE_SHARE],
        ],
        'info',
      ),
      ...unlessRepeated(doubted, stated('the same byte was acknowledged again and again')),
      actor: [sender],
      target: [receiver],
      ports,
      evidence,
      // Versions of tshark disagree on which acknowledgements are duplicates: those cited are named.
      filter: all(
        any('tcp.analysis.duplicate_ack', oneOf('frame.number', evidence.frames)),
        between(sender, receiver),
      ),
      explanation:
        `${sender} saw a hole in what ${receiver} sent: ${times(evidence.count, 'duplicate acknowledgement')} for ` +
        `${segments} data segments.${doubted ? DOUBT : ''}`,
      alternatives: 'Segments out of order, or needless retransmissions that are acknowledged once more.',
      notChecked: 'Where on the path the missing segments went.',
    }),
  ];
}
