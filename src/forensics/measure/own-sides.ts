import { u16, u32 } from '../../packets/bytes.ts';
import type { Frame } from '../../packets/frame.ts';
import { append, hex, type DraftRow } from './own-row.ts';

/** The fields of a UDP header outside of a tunnel, or of a quoted one. */
export function putSideUdp(row: DraftRow, frame: Frame, stream: number): void {
  append(row, 'udp.stream', String(stream));
  append(row, 'udp.srcport', String(frame.sourcePort));
  append(row, 'udp.dstport', String(frame.targetPort));
  append(row, 'udp.length', String(u16(frame.bytes, frame.transportAt + 4)));
  append(row, 'udp.checksum', hex(u16(frame.bytes, frame.transportAt + 6)));
}

/** The fields of a quoted TCP header; no analysis, since the segment was sent once only. */
export function putSideTcp(row: DraftRow, frame: Frame, stream: number): void {
  const { bytes, transportAt } = frame;
  append(row, 'tcp.stream', String(stream));
  append(row, 'tcp.srcport', String(frame.sourcePort));
  append(row, 'tcp.dstport', String(frame.targetPort));
  append(row, 'tcp.flags', hex(frame.tcpFlags));
  append(row, 'tcp.seq_raw', String(frame.tcpSequence));
  append(row, 'tcp.ack_raw', String(u32(bytes, transportAt + 8)));
  append(row, 'tcp.checksum', hex(u16(bytes, transportAt + 16)));
  append(row, 'tcp.window_size_value', String(u16(bytes, transportAt + 14)));
  append(row, 'tcp.urgent_pointer', String(u16(bytes, transportAt + 18)));
}
