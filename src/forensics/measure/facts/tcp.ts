import type { CaptureFacts } from '../../../domain/facts.ts';
import { isStalled } from '../detectors/tcp-stall.ts';
import type { Connection } from '../tables/tcp.ts';
import type { Tables } from '../tables.ts';
import { latencyOf, medianMs, sum } from './figures.ts';

type TcpHealth = CaptureFacts['tcp'];
type Outcome = keyof NonNullable<TcpHealth['outcomes']>;

const IDLE_SECONDS = 60;

/** TCP over the whole capture: counts, what became of the connections, and where their time went. */
export function tcpHealth({ connections, lostSegments }: Tables['tcp']): TcpHealth {
  const sides = connections.flatMap(({ fromClient, fromServer }) => [fromClient, fromServer]);
  const total = (count: (side: (typeof sides)[number]) => number): number => sum(sides.map(count));
  const refusals = sum(connections.map(({ refusals }) => refusals.count));
  // A refusal is timed too, as the round trip to whoever sends the reset; it is no handshake.
  const handshakes = connections.map(({ handshakeSeconds, synAcks }) =>
    synAcks > 0 ? handshakeSeconds : null,
  );
  return {
    connections: connections.length,
    established: connections.filter(({ established }) => established).length,
    refused: connections.filter(({ refusals }) => refusals.count > 0).length,
    unanswered: connections.filter(isUnanswered).length,
    retransmissions: total((side) => side.retransmissions.count),
    duplicateAcks: total((side) => side.duplicateAcks.count),
    outOfOrder: total((side) => side.outOfOrder),
    lostSegments,
    zeroWindows: total((side) => side.zeroWindows.count),
    resets: total((side) => side.resets.count) + refusals,
    medianHandshakeMs: medianMs(handshakes.filter((value) => value !== null)),
    fastRetransmissions: total((side) => side.fastRetransmissions.count),
    windowFull: total((side) => side.windowFull.count),
    dataSegments: total((side) => side.dataSegments),
    outcomes: outcomes(connections),
    times: times(connections),
  };
}

const isUnanswered = ({ syns, synAcks, fromServer }: Connection): boolean =>
  syns.count > 0 && synAcks === 0 && fromServer.packets === 0;

function outcomes(connections: readonly Connection[]): TcpHealth['outcomes'] {
  const counts: Record<Outcome, number> = {
    closed: 0,
    reset: 0,
    idleKilled: 0,
    stillOpen: 0,
    stalled: 0,
    refused: 0,
    unanswered: 0,
    halfOpen: 0,
    unknown: 0,
  };
  for (const connection of connections) counts[outcomeOf(connection)] += 1;
  return counts;
}

function outcomeOf(connection: Connection): Outcome {
  const { established, endedBy, quietBeforeReset, fromClient, fromServer, syns, synAcks } = connection;
  if (connection.refusals.count > 0 && !established) return 'refused';
  if (isUnanswered(connection)) return 'unanswered';
  if (syns.count > 0 && synAcks > 0 && !established) return 'halfOpen';
  if (endedBy === 'rst' && established)
    return (quietBeforeReset ?? 0) >= IDLE_SECONDS ? 'idleKilled' : 'reset';
  if (isStalled(connection, fromClient, fromServer) || isStalled(connection, fromServer, fromClient))
    return 'stalled';
  if (!established) return 'unknown';
  return endedBy === 'fin' ? 'closed' : 'stillOpen';
}

/** The capture point splits the handshake: what lies behind it, and what in front. */
function times(connections: readonly Connection[]): TcpHealth['times'] {
  const serverSide: number[] = [];
  const clientSide: number[] = [];
  const network: number[] = [];
  const serverResponse: number[] = [];
  for (const { synToSynAckSeconds: path, handshakeSeconds: whole, answerSeconds, synAcks } of connections) {
    if (path !== null) serverSide.push(path);
    // The reset that refuses a SYN ends a handshake too, as tshark times it.
    if (whole !== null && synAcks > 0) network.push(whole);
    if (whole !== null && path !== null) clientSide.push(whole - path);
    if (answerSeconds !== null && path !== null) serverResponse.push(Math.max(answerSeconds - path, 0));
  }
  return {
    serverSide: latencyOf(serverSide),
    clientSide: latencyOf(clientSide),
    network: latencyOf(network),
    serverResponse: latencyOf(serverResponse),
  };
}
