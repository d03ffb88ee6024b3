import { confirmed, measured, stated } from '../../../domain/confidence.ts';
import { MAX_CITED_FRAMES, type FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, times, type Detector } from '../draft.ts';
import { all, between } from '../filter.ts';
import { hasDuplicates, hasRepeats, hasGaps, isOneSided, MIN_DUPLICATES } from '../recording.ts';
import type { Side } from '../tables/tcp.ts';
import type { Tables } from '../tables.ts';

/** Frames recorded twice. */
export const duplicateFrames: Detector = { kind: 'duplicate_frames', detect: detectDuplicates };

/** Segments that the capture missed: the receiver acknowledged them, so the network did not lose them. */
export const captureGap: Detector = { kind: 'capture_gap', detect: detectGap };

/** Connections of which only one direction was recorded. */
export const oneSidedCapture: Detector = { kind: 'one_sided_capture', detect: detectOneSided };

function detectDuplicates(tables: Tables): FindingDraft[] {
  if (!hasDuplicates(tables)) return [];
  const { quality, repeats } = tables;
  const counted = hasRepeats(tables);
  const evidence = counted ? mergeEvidence([quality.duplicates, repeats.frames]) : quality.duplicates;
  const comparable = quality.comparable + (counted ? repeats.comparable : 0);
  return [
    draft('duplicate_frames', {
      title: `${times(evidence.count, 'frame')} recorded twice`,
      severity: 'info',
      ...measured(evidence.count, MIN_DUPLICATES, 'frames alike down to their identification'),
      actor: [],
      target: [],
      evidence,
      filter: counted ? '(tcp || udp || icmp)' : 'tcp && ip.id != 0',
      matching: counted ? null : quality.comparable,
      explanation:
        `${evidence.count} of ${comparable} frames repeat an earlier one down to identification and checksum: the ` +
        `capture point sees the same traffic twice. Counts of retransmissions and duplicate acknowledgements are not to be trusted.`,
      alternatives: 'A switching loop that really repeats frames.',
      notChecked: 'Frames without any number of their own: ARP, and acknowledgements over IPv6.',
    }),
  ];
}

function detectGap(tables: Tables): FindingDraft[] {
  const { gaps, ackedUnseen } = tables.tcp;
  if (!hasGaps(tables)) return [];
  return [
    draft('capture_gap', {
      title: `${times(gaps.count, 'gap')} in what was recorded`,
      severity: 'low',
      ...confirmed(
        ackedUnseen > 0,
        'the receiver acknowledged what the capture lacks',
        'nothing was sent again, so nobody missed it',
      ),
      actor: [],
      target: [],
      evidence: gaps,
      filter: '(tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment)',
      explanation:
        `Segments are missing in the capture${ackedUnseen > 0 ? ' that the receiver acknowledged' : ' and were never sent again'}: ` +
        `the recording lost them, not the network. Counts below may be too small.`,
      alternatives: 'A second path that the capture point does not see.',
      notChecked: 'How many packets are missing outside TCP.',
    }),
  ];
}

function detectOneSided({ tcp }: Tables): FindingDraft[] {
  const halves = tcp.connections.flatMap(({ client, server, serverPort, ...sides }) => {
    if (isOneSided(sides.fromClient, sides.fromServer))
      return [{ seen: client, unseen: server, serverPort, side: sides.fromClient }];
    if (isOneSided(sides.fromServer, sides.fromClient))
      return [{ seen: server, unseen: client, serverPort, side: sides.fromServer }];
    return [];
  });
  const groups = Map.groupBy(halves, ({ seen, unseen }) => `${seen} ${unseen}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const packets = group.reduce((sum, { side }) => sum + side.packets, 0);
    return [oneSided(first.seen, first.unseen, packets, group)];
  });
}

function oneSided(
  seen: string,
  unseen: string,
  packets: number,
  group: readonly { serverPort: number; side: Side }[],
): FindingDraft {
  const frames = group.map(({ side }) => side.firstFrame).toSorted((a, b) => a - b);
  return draft('one_sided_capture', {
    title: `Only the packets of ${seen} to ${unseen} were recorded`,
    severity: 'info',
    ...stated('acknowledgements of data that the capture lacks'),
    actor: [seen],
    target: [unseen],
    ports: group.map(({ serverPort }) => serverPort),
    evidence: { count: packets, frames: frames.slice(0, MAX_CITED_FRAMES) },
    filter: all('tcp', between(seen, unseen)),
    explanation:
      `${seen} acknowledges data of ${unseen} that is not in the capture: the other direction takes another path, or was ` +
      `filtered out. Nothing can be said about losses and delays of this pair.`,
    alternatives: 'A capture filter that names one direction only.',
    notChecked: 'Pairs that do not speak TCP.',
  });
}
