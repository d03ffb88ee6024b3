import {
  ACKED_UNSEEN,
  FAST_RETRANSMISSION,
  KEEP_ALIVE,
  LOST_SEGMENT,
  OUT_OF_ORDER,
  RETRANSMISSION,
  WINDOW_FULL,
  ZERO_WINDOW,
} from '../../../packets/streams/tcp-marks.ts';
import { addEvidence, noEvidence, NOTHING_SEEN, witness, type Evidence } from '../bounded.ts';
import { ACK, FIN, RST, SYN, type Packet, type Segment, type Transport } from '../packet.ts';
import { newConnection, type Connection, type Side } from './tcp-connection.ts';

export type { Connection, Side };

export interface TcpTable {
  connections: Connection[];
  /** Frames before which a segment is missing in the capture. */
  lostSegments: number;
  /** Frames that acknowledge what is not in the capture. */
  ackedUnseen: number;
  /** Both. */
  gaps: Evidence;
  /** Packets left out because the table was full. */
  refused: number;
}

const MAX_CONNECTIONS = 150_000;
/** Segments under way that make a reset come in the middle of a transfer. */
const IN_THE_MIDDLE = 3;

/** Every TCP connection, with tshark's verdicts per direction. */
export function createTcp() {
  /** By number: streams are numbered in the order of their first packets. */
  const connections: Connection[] = [];
  let refused = 0;
  const connectionOf = (stream: number): Connection | null => {
    const known = connections[stream];
    if (known !== undefined) return known;
    if (stream >= MAX_CONNECTIONS) {
      refused += 1;
      return null;
    }
    const begun = newConnection(stream);
    connections[stream] = begun;
    return begun;
  };
  const gaps = noEvidence();
  let lostSegments = 0;
  let ackedUnseen = 0;
  return {
    add(packet: Packet): void {
      const { transport, source, target } = packet;
      if (transport?.kind !== 'tcp' || source === null || target === null) return;
      const { segment } = transport;
      if (segment === null) return;
      const connection = connectionOf(transport.stream);
      if ((segment.marks & (LOST_SEGMENT | ACKED_UNSEEN)) !== 0) {
        if ((segment.marks & LOST_SEGMENT) !== 0) lostSegments += 1;
        if ((segment.marks & ACKED_UNSEEN) !== 0) ackedUnseen += 1;
        addEvidence(gaps, packet.frame);
      }
      if (connection === null) return;
      if (connection.client === '') orient(connection, packet, transport, source, target);
      const up = connection.clientPort === transport.sourcePort && connection.client === source;
      followHandshake(connection, packet, transport, segment, up);
      followData(connection, packet, transport, segment, up);
    },
    finish: (): TcpTable => ({
      // Dense again: a stream whose segments could not be read has none.
      connections: Object.values(connections),
      lostSegments,
      ackedUnseen,
      gaps,
      refused,
    }),
  };
}

/** Who is the client: the sender of the SYN, else the side with the higher port. */
function orient(
  connection: Connection,
  packet: Packet,
  tcp: Transport,
  source: string,
  target: string,
): void {
  const syn = (tcp.flags & SYN) !== 0;
  const forward = syn ? (tcp.flags & ACK) === 0 : tcp.sourcePort >= tcp.targetPort;
  connection.client = forward ? source : target;
  connection.server = forward ? target : source;
  connection.clientPort = forward ? tcp.sourcePort : tcp.targetPort;
  connection.serverPort = forward ? tcp.targetPort : tcp.sourcePort;
  connection.firstAt = packet.at;
}

function followHandshake(
  connection: Connection,
  packet: Packet,
  tcp: Transport,
  segment: Segment,
  up: boolean,
): void {
  const { flags } = tcp;
  if ((flags & (RST | FIN)) !== 0) connection.endedBy ??= (flags & RST) !== 0 ? 'rst' : 'fin';
  if ((flags & RST) !== 0) connection.quietBeforeReset ??= packet.at - connection.lastAt;
  connection.lastAt = packet.at;
  connection.handshakeSeconds ??= segment.handshakeSeconds;
  if ((flags & SYN) !== 0 && (flags & ACK) === 0 && up) {
    connection.syns = witness(connection.syns, packet.frame);
    connection.lastSynAt = packet.at;
  } else if ((flags & SYN) !== 0 && !up) {
    connection.synAcks += 1;
    if (connection.synAcks === 1 && connection.syns.count === 1) {
      connection.synToSynAckSeconds = packet.at - connection.lastSynAt;
      connection.synAckFrame = packet.frame;
    }
  } else if ((flags & RST) !== 0) {
    const refusal = !up && connection.syns.count > 0 && connection.synAcks === 0 && !connection.established;
    const side = up ? connection.fromClient : connection.fromServer;
    if (refusal) connection.refusals = witness(connection.refusals, packet.frame);
    else side.resets = witness(side.resets, packet.frame);
    followCut(connection, packet, up);
  } else if (up && connection.synAcks > 0) {
    connection.established = true;
    connection.openAt ??= packet.at;
  }
  if (connection.syns.count === 0 && connection.fromClient.bytes > 0 && connection.fromServer.bytes > 0) {
    connection.established = true;
  }
  connection.finished ||= (flags & (RST | FIN)) !== 0;
}

/**
 * A server's reset hurts where the client had the last word, a client's in the middle of what the server sends: a client
 * that resets when it has its answer is how many programs hang up.
 */
function followCut(connection: Connection, packet: Packet, up: boolean): void {
  const { cuts, established, finished, fromServer } = connection;
  const by = up ? 'client' : 'server';
  const hurts = up ? fromServer.unheard.count >= IN_THE_MIDDLE : connection.lastWord === 'client';
  if (cuts.by === null && established && !finished && hurts) cuts.by = by;
  if (cuts.by === by) cuts.resets = witness(cuts.resets, packet.frame);
}

function followData(
  connection: Connection,
  packet: Packet,
  tcp: Transport,
  segment: Segment,
  up: boolean,
): void {
  const side = up ? connection.fromClient : connection.fromServer;
  const other = up ? connection.fromServer : connection.fromClient;
  const { frame, at } = packet;
  if (side.packets === 0) side.firstFrame = frame;
  side.packets += 1;
  side.bytes += tcp.payload;
  if (segment.duplicateAck > 0) side.duplicateAcks = witness(side.duplicateAcks, frame);
  if (segment.marks !== 0) followMarks(side, segment.marks, frame);
  followWindow(side, packet, tcp, segment);
  followSilence(side, other, packet, tcp, segment);
  if ((tcp.flags & ACK) !== 0) {
    side.firstAck ??= segment.acknowledgement;
    side.lastAck = segment.acknowledgement;
  }
  if (tcp.payload > 0 || (tcp.flags & FIN) !== 0) side.dataSegments += 1;
  if (tcp.payload === 0) return;
  if (up && connection.fromServer.bytes === 0) connection.requestAt = at;
  connection.lastWord = up ? 'client' : 'server';
  if (up && connection.fromServer.bytes === 0 && connection.firstRequestAt === null) {
    connection.firstRequestAt = at;
    connection.firstRequestFrame = frame;
  }
  if (!up && connection.requestAt !== null && connection.answerSeconds === null) {
    connection.answerSeconds = at - connection.requestAt;
    connection.answerFrame = frame;
  }
}

function followMarks(side: Side, marks: number, frame: number): void {
  if ((marks & FAST_RETRANSMISSION) !== 0)
    side.fastRetransmissions = witness(side.fastRetransmissions, frame);
  if ((marks & LOST_SEGMENT) !== 0) side.holes = witness(side.holes, frame);
  if ((marks & OUT_OF_ORDER) !== 0) side.outOfOrder += 1;
  if ((marks & WINDOW_FULL) !== 0) side.windowFull = witness(side.windowFull, frame);
}

function followWindow(side: Side, packet: Packet, tcp: Transport, segment: Segment): void {
  if ((tcp.flags & (SYN | RST)) !== 0 || (tcp.flags & ACK) === 0) return;
  if ((segment.marks & ZERO_WINDOW) !== 0) {
    side.zeroWindows = witness(side.zeroWindows, packet.frame);
    if (!side.windowShut) side.shutSince = packet.at;
    side.windowShut = true;
  } else if (segment.window > 0) {
    side.windowShut = false;
  }
  if (side.windowShut) side.longestShut = Math.max(side.longestShut, packet.at - side.shutSince);
}

function followSilence(side: Side, other: Side, packet: Packet, tcp: Transport, { marks }: Segment): void {
  if (tcp.payload > 0 && (marks & KEEP_ALIVE) === 0) {
    if (side.unheard.count === 0) side.unheardSince = packet.at;
    side.unheard = witness(side.unheard, packet.frame);
  }
  if ((marks & RETRANSMISSION) !== 0 && (tcp.flags & SYN) === 0) {
    side.retransmissions = witness(side.retransmissions, packet.frame);
    side.silentRetransmissions += 1;
    side.longestSilence = Math.max(side.longestSilence, side.silentRetransmissions);
  }
  other.unheard = NOTHING_SEEN;
  other.silentRetransmissions = 0;
}
