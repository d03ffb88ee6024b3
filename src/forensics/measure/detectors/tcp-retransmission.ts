import { stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, between } from '../filter.ts';
import { hasDuplicates, isOneSided, unlessRepeated } from '../recording.ts';
import type { Side } from '../tables/tcp.ts';
import { isStalled } from './tcp-stall.ts';
import type { Tables } from '../tables.ts';

/** Data sent again, per sender and receiver. SYNs sent again are told as connection timeouts. */
export const tcpRetransmission: Detector = { kind: 'tcp_retransmission', detect };

const MANY = 10;
const MANY_SHARE = 0.03;
const SOME = 3;
const SOME_SHARE = 0.01;
const BACKOFF = 3;

interface Direction {
  sender: string;
  receiver: string;
  sides: Side[];
  /** Most retransmissions in a row with nothing heard, stalled connections aside, which have a finding of their own, and those recorded in one direction only. */
  silence: number;
  ports: Set<number>;
}

function detect(tables: Tables): FindingDraft[] {
  const directions = new Map<string, Direction>();
  const collect = (sender: string, receiver: string, port: number, side: Side, told: boolean): void => {
    const key = `${sender} ${receiver}`;
    const direction = directions.get(key) ?? { sender, receiver, sides: [], silence: 0, ports: new Set() };
    direction.sides.push(side);
    if (!told) direction.silence = Math.max(direction.silence, side.longestSilence);
    if (side.retransmissions.count > 0) direction.ports.add(port);
    directions.set(key, direction);
  };
  for (const connection of tables.tcp.connections) {
    const { client, server, serverPort, fromClient, fromServer } = connection;
    // A receiver that the capture does not show is silent in it, which says nothing.
    const unheard = (side: Side, other: Side): boolean =>
      isStalled(connection, side, other) || isOneSided(side, other);
    collect(client, server, serverPort, fromClient, unheard(fromClient, fromServer));
    collect(server, client, serverPort, fromServer, unheard(fromServer, fromClient));
  }
  const duplicated = hasDuplicates(tables);
  return [...directions.values()].flatMap((direction) => judge(direction, duplicated));
}

function judge({ sender, receiver, sides, silence, ports }: Direction, duplicated: boolean): FindingDraft[] {
  const evidence = mergeEvidence(sides.map((side) => side.retransmissions));
  if (evidence.count === 0) return [];
  const segments = sides.reduce((sum, side) => sum + side.dataSegments, 0);
  const share = evidence.count / Math.max(segments, 1);
  const severity = grade(
    [
      ['info', duplicated],
      ['high', silence >= BACKOFF],
      ['medium', evidence.count >= MANY && share >= MANY_SHARE],
      ['low', evidence.count >= SOME && share >= SOME_SHARE],
    ],
    'info',
  );
  const unheard =
    silence >= BACKOFF ? ` Up to ${silence} in a row got no sign of life from the receiver.` : '';
  const doubt = duplicated
    ? ' The capture holds frames twice, which looks the same: do not trust this number.'
    : '';
  return [
    draft('tcp_retransmission', {
      title: `${sender} sent ${times(evidence.count, 'segment')} again to ${receiver}`,
      severity,
      ...unlessRepeated(duplicated, stated('the same bytes were sent again')),
      actor: [sender],
      target: [receiver],
      ports,
      evidence,
      filter: all('tcp.analysis.retransmission && tcp.flags.syn == 0', between(sender, receiver)),
      explanation:
        `${evidence.count} of ${segments} data segments (${(share * 100).toFixed(1)} %) were sent again because no ` +
        `acknowledgement came in time.${unheard}${doubt}`,
      alternatives:
        'Loss on the path, an overloaded receiver, lost acknowledgements, or reordering taken for loss.',
      notChecked: 'Where on the path the loss happened: that needs a second capture at the other end.',
    }),
  ];
}
