import { addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { ACK, FIN, RST, SYN, type Packet, type Transport } from '../packet.ts';
import { has, lastNumber, seconds } from '../row.ts';
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
  const connections = createBoundedMap<Connection>(MAX_CONNECTIONS, (key) => newConnection(Number(key)));
  const gaps = noEvidence();
  let lostSegments = 0;
  let ackedUnseen = 0;
  return {
    add(packet: Packet): void {
      const { transport, source, target } = packet;
      if (transport?.kind !== 'tcp' || source === null || target === null) return;
      const connection = connections.at(String(transport.stream));
      const lost = has(packet.row, 'tcp.analysis.lost_segment');
      const unseen = has(packet.row, 'tcp.analysis.ack_lost_segment');
      if (lost) lostSegments += 1;
      if (unseen) ackedUnseen += 1;
      if (lost || unseen) addEvidence(gaps, packet.frame);
      if (connection === null) return;
      if (connection.client === '') orient(connection, packet, transport, source, target);
      const up = connection.client === source && connection.clientPort === transport.sourcePort;
      followHandshake(connection, packet, transport, up);
      followData(connection, packet, transport, up);
    },
    finish: (): TcpTable => ({
      connections: connections.values(),
      lostSegments,
      ackedUnseen,
      gaps,
      refused: connections.refused(),
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

function followHandshake(connection: Connection, packet: Packet, tcp: Transport, up: boolean): void {
  const { flags } = tcp;
  connection.lastAt = packet.at;
  connection.handshakeSeconds ??= seconds(packet.row, 'tcp.analysis.initial_rtt');
  if ((flags & SYN) !== 0 && (flags & ACK) === 0 && up) {
    addEvidence(connection.syns, packet.frame);
    connection.lastSynAt = packet.at;
  } else if ((flags & SYN) !== 0 && !up) {
    connection.synAcks += 1;
    if (connection.synAcks === 1 && connection.syns.count === 1) {
      connection.synToSynAckSeconds = packet.at - connection.lastSynAt;
      connection.synAckFrame = packet.frame;
    }
  } else if ((flags & RST) !== 0) {
    const refusal = !up && connection.syns.count > 0 && connection.synAcks === 0 && !connection.established;
    addEvidence(
      refusal ? connection.refusals : (up ? connection.fromClient : connection.fromServer).resets,
      packet.frame,
    );
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
  if (cuts.by === by) addEvidence(cuts.resets, packet.frame);
}

function followData(connection: Connection, packet: Packet, tcp: Transport, up: boolean): void {
  const side = up ? connection.fromClient : connection.fromServer;
  const other = up ? connection.fromServer : connection.fromClient;
  const { row, frame, at } = packet;
  if (side.packets === 0) side.firstFrame = frame;
  side.packets += 1;
  side.bytes += tcp.payload;
  if (has(row, 'tcp.analysis.duplicate_ack_num')) addEvidence(side.duplicateAcks, frame);
  if (has(row, 'tcp.analysis.fast_retransmission')) addEvidence(side.fastRetransmissions, frame);
  if (has(row, 'tcp.analysis.lost_segment')) addEvidence(side.holes, frame);
  if (has(row, 'tcp.analysis.out_of_order')) side.outOfOrder += 1;
  if (has(row, 'tcp.analysis.window_full')) addEvidence(side.windowFull, frame);
  followWindow(side, packet, tcp);
  followSilence(side, other, packet, tcp);
  if ((tcp.flags & ACK) !== 0) {
    const ack = lastNumber(row, 'tcp.ack_raw');
    side.firstAck ??= ack;
    side.lastAck = ack;
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

function followWindow(side: Side, packet: Packet, tcp: Transport): void {
  if ((tcp.flags & (SYN | RST)) !== 0 || (tcp.flags & ACK) === 0) return;
  if (has(packet.row, 'tcp.analysis.zero_window')) {
    addEvidence(side.zeroWindows, packet.frame);
    if (!side.windowShut) side.shutSince = packet.at;
    side.windowShut = true;
  } else if ((lastNumber(packet.row, 'tcp.window_size_value') ?? 0) > 0) {
    side.windowShut = false;
  }
  if (side.windowShut) side.longestShut = Math.max(side.longestShut, packet.at - side.shutSince);
}

function followSilence(side: Side, other: Side, packet: Packet, tcp: Transport): void {
  if (tcp.payload > 0 && !has(packet.row, 'tcp.analysis.keep_alive')) {
    if (side.unheard.count === 0) side.unheardSince = packet.at;
    addEvidence(side.unheard, packet.frame);
  }
  if (has(packet.row, 'tcp.analysis.retransmission') && (tcp.flags & SYN) === 0) {
    addEvidence(side.retransmissions, packet.frame);
    side.silentRetransmissions += 1;
    side.longestSilence = Math.max(side.longestSilence, side.silentRetransmissions);
  }
  other.unheard = noEvidence();
  other.silentRetransmissions = 0;
}
