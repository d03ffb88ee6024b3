import { agreeing } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, duration, times, type Detector } from '../draft.ts';
import { all, between } from '../filter.ts';
import type { Connection, Side } from '../tables/tcp.ts';
import type { Tables } from '../tables.ts';

/** A peer that had been talking and then answers nothing any more, until the connection or the capture ends. */
export const tcpStall: Detector = { kind: 'tcp_stall', detect };

const MIN_RETRANSMISSIONS = 2;
const MIN_SECONDS = 3;

/** Whether `side` was left waiting at the end by a peer that had been talking. */
export const isStalled = (connection: Connection, side: Side, other: Side): boolean =>
  connection.established &&
  other.packets > 0 &&
  side.silentRetransmissions >= MIN_RETRANSMISSIONS &&
  connection.lastAt - side.unheardSince >= MIN_SECONDS;

function detect({ tcp }: Tables): FindingDraft[] {
  return tcp.connections.flatMap((connection) => [
    ...judge(connection, connection.client, connection.server, connection.fromClient, connection.fromServer),
    ...judge(connection, connection.server, connection.client, connection.fromServer, connection.fromClient),
  ]);
}

function judge(
  connection: Connection,
  sender: string,
  silent: string,
  side: Side,
  other: Side,
): FindingDraft[] {
  const [firstFrame] = side.unheard.frames;
  if (firstFrame === undefined || !isStalled(connection, side, other)) return [];
  const waited = connection.lastAt - side.unheardSince;
  return [
    draft('tcp_stall', {
      title: `${silent} stopped answering ${sender} in an open connection`,
      severity: 'high',
      ...agreeing(side.silentRetransmissions, MIN_RETRANSMISSIONS, 'retransmissions without a sign of life'),
      actor: [sender],
      target: [silent],
      ports: [connection.serverPort],
      evidence: side.unheard,
      filter: all(
        `tcp.len > 0 && frame.number >= ${firstFrame}`,
        between(sender, silent),
        `tcp.port == ${connection.clientPort} && tcp.port == ${connection.serverPort}`,
      ),
      explanation:
        `${times(side.unheard.count, 'segment')} of ${sender}, ${side.silentRetransmissions} of them retransmissions, got no ` +
        `answer for ${duration(waited)} until the connection or the capture ended, although ${silent} had answered before.`,
      alternatives: 'A crashed or hung peer, a path that broke, or a firewall that forgot the connection.',
      notChecked: 'Whether the peer was still alive in other connections.',
    }),
  ];
}
