import { stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, between } from '../filter.ts';
import { hasDuplicates } from '../recording.ts';
import { directions, type Direction } from '../directions.ts';
import type { Tables } from '../tables.ts';

/** Senders that fill the window which the receiver offers. */
export const tcpWindowFull: Detector = { kind: 'tcp_window_full', detect };

const SEVERAL = 3;
const SHARE = 0.01;

function detect(tables: Tables): FindingDraft[] {
  if (hasDuplicates(tables)) return [];
  return directions(tables).flatMap(judge);
}

function judge({ sender, receiver, sides, replies, ports }: Direction): FindingDraft[] {
  const evidence = mergeEvidence(sides.map(({ windowFull }) => windowFull));
  if (evidence.count === 0) return [];
  const segments = sides.reduce((sum, { dataSegments }) => sum + dataSegments, 0);
  const shut = replies.some(({ zeroWindows }) => zeroWindows.count > 0);
  return [
    draft('tcp_window_full', {
      title: `${sender} filled the receive window of ${receiver} ${times(evidence.count, 'time')}`,
      severity: grade(
        [['medium', evidence.count >= SEVERAL && (shut || evidence.count >= segments * SHARE)]],
        'low',
      ),
      ...stated('bytes under way equal the window offered'),
      actor: [sender],
      target: [receiver],
      ports,
      evidence,
      filter: all('tcp.analysis.window_full', between(sender, receiver)),
      explanation:
        `${evidence.count} of ${segments} data segments used up the window that ${receiver} offered: the receiver, not the ` +
        `network, limits the transfer${shut ? ', and it closed its window altogether at times' : ''}.`,
      alternatives:
        'A slow receiving application, a receive buffer too small for this path, or a capture that lacks the handshake and ' +
        'with it the window scale.',
      notChecked: 'What the application on the receiver was doing.',
    }),
  ];
}
