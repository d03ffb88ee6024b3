import { u16 } from '../../../packets/bytes.ts';
import type { Frame } from '../../../packets/frame.ts';
import type { TcpVerdict } from '../../../packets/streams/tcp-analysis.ts';
import {
  FAST_RETRANSMISSION,
  RETRANSMISSION,
  SPURIOUS_RETRANSMISSION,
  SYN,
} from '../../../packets/streams/tcp-marks.ts';
import { maximumSegmentSize } from '../../../packets/transport/tcp.ts';
import type { Segment, Transport } from '../packet.ts';

export interface TcpTransport extends Transport {
  segment: Segment;
}

export const newTcp = (): TcpTransport => ({
  kind: 'tcp',
  stream: -1,
  sourcePort: 0,
  targetPort: 0,
  flags: 0,
  payload: 0,
  carried: 0,
  checksum: 0,
  segment: {
    sequence: 0,
    acknowledgement: 0,
    window: 0,
    marks: 0,
    maximumSize: null,
    duplicateAck: 0,
    handshakeSeconds: null,
  },
});

/** Fills in what the header says and what it means, with every sort of retransmission marked as one. */
export function fillTcp(transport: TcpTransport, frame: Frame, verdict: TcpVerdict): void {
  const { segment } = transport;
  const { marks, initialRttNanoseconds: rtt } = verdict;
  transport.stream = verdict.stream;
  transport.sourcePort = frame.sourcePort;
  transport.targetPort = frame.targetPort;
  transport.flags = frame.tcpFlags;
  transport.payload = Math.max(frame.payloadLength, 0);
  transport.carried = transport.payload;
  segment.sequence = frame.tcpSequence;
  segment.acknowledgement = frame.tcpAcknowledgement;
  segment.window = frame.tcpWindow;
  transport.checksum = frame.tcpChecksum;
  const resent = (marks & (FAST_RETRANSMISSION | SPURIOUS_RETRANSMISSION)) !== 0;
  segment.marks = resent ? marks | RETRANSMISSION : marks;
  segment.maximumSize = (frame.tcpFlags & SYN) === 0 ? null : maximumSegmentSize(frame);
  segment.duplicateAck = verdict.duplicateAck;
  segment.handshakeSeconds = rtt > 0 ? rtt / 1e9 : null;
}

export const newUdp = (): Transport => ({
  kind: 'udp',
  stream: -1,
  sourcePort: 0,
  targetPort: 0,
  flags: 0,
  payload: 0,
  carried: 0,
  checksum: 0,
  segment: null,
});

export function fillUdp(transport: Transport, frame: Frame, stream: number): void {
  transport.stream = stream;
  transport.sourcePort = frame.sourcePort;
  transport.targetPort = frame.targetPort;
  transport.carried = Math.max(frame.payloadLength, 0);
  transport.checksum = u16(frame.bytes, frame.transportAt + 6);
}
