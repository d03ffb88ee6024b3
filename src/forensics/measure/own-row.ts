import { ipv4Text, ipv6Text, macText } from '../../packets/addresses.ts';
import { u16, u32, u8 } from '../../packets/bytes.ts';
import type { Frame } from '../../packets/frame.ts';
import type { RecordHeader } from '../../packets/formats/record.ts';
import { readArp } from '../../packets/network/arp.ts';
import { routerLifetime } from '../../packets/network/icmpv6.ts';
import { readNeighbourMessage } from '../../packets/network/neighbour-discovery.ts';
import type { TcpVerdict } from '../../packets/streams/tcp-analysis.ts';
import {
  ACKED_UNSEEN,
  FAST_RETRANSMISSION,
  KEEP_ALIVE,
  LOST_SEGMENT,
  OUT_OF_ORDER,
  RETRANSMISSION,
  SPURIOUS_RETRANSMISSION,
  WINDOW_FULL,
  ZERO_WINDOW,
} from '../../packets/streams/tcp-marks.ts';
import { maximumSegmentSize } from '../../packets/transport/tcp.ts';
import { AGGREGATOR, FIELDS, type FieldName } from './fields.ts';

/** A row under way: one value per field, '' where the packet has none. */
export type DraftRow = string[];

const EMPTY: readonly string[] = FIELDS.map(() => '');
const COLUMN = new Map<FieldName, number>(FIELDS.map((name, index) => [name, index]));

export function put(row: DraftRow, field: FieldName, value: string): void {
  row[COLUMN.get(field) ?? 0] = value;
}

/** The fields of link, network and transport layer as tshark prints them. */
export function draftRow(header: RecordHeader, frame: Frame, captured: number): DraftRow {
  const row: DraftRow = EMPTY.slice();
  const { bytes } = frame;
  put(row, 'frame.number', String(header.number));
  put(row, 'frame.time_epoch', `${header.seconds}.${String(header.nanoseconds).padStart(9, '0')}`);
  put(row, 'frame.len', String(header.wireLength));
  put(row, 'frame.cap_len', String(captured));
  if (frame.macSource >= 0) {
    put(row, 'eth.src', macText(bytes, frame.macSource));
    put(row, 'eth.dst', macText(bytes, frame.macTarget));
  }
  if (frame.wlanSource >= 0) {
    put(row, 'wlan.sa', macText(bytes, frame.wlanSource));
    put(row, 'wlan.da', macText(bytes, frame.wlanTarget));
  }
  for (let index = 0; index < frame.networks; index += 1) putNetwork(row, frame, index);
  if (frame.fragmentIdentification >= 0) putFragment(row, frame);
  if (frame.dataLength >= 0) put(row, 'data.len', String(frame.dataLength));
  if (frame.icmpAt >= 0) putIcmp(row, frame);
  if (frame.arpAt >= 0) putArp(row, frame);
  return row;
}

function putNetwork(row: DraftRow, frame: Frame, index: number): void {
  const { bytes } = frame;
  const source = frame.networkSource[index] ?? 0;
  const target = frame.networkTarget[index] ?? 0;
  if (frame.networkVersion[index] === 4) {
    append(row, 'ip.src', ipv4Text(bytes, source));
    append(row, 'ip.dst', ipv4Text(bytes, target));
    append(row, 'ip.id', hex(frame.networkId[index] ?? 0));
    putIpv4Header(row, bytes, source - 12);
  } else {
    append(row, 'ipv6.src', ipv6Text(bytes, source));
    append(row, 'ipv6.dst', ipv6Text(bytes, target));
    append(row, 'ipv6.hlim', String(u8(bytes, source - 1)));
  }
}

function putFragment(row: DraftRow, { fragmentIdentification, reassembledLength }: Frame): void {
  put(row, 'ipv6.fraghdr.ident', `0x${fragmentIdentification.toString(16).padStart(8, '0')}`);
  if (reassembledLength >= 0) put(row, 'ipv6.reassembled.length', String(reassembledLength));
}

function putIpv4Header(row: DraftRow, bytes: Uint8Array, at: number): void {
  const fragment = u16(bytes, at + 6);
  append(row, 'ip.hdr_len', String((u8(bytes, at) & 0x0f) * 4));
  append(row, 'ip.len', String(u16(bytes, at + 2)));
  append(row, 'ip.flags', `0x${(fragment >> 13).toString(16).padStart(2, '0')}`);
  append(row, 'ip.frag_offset', String(fragment & 0x1fff));
  append(row, 'ip.ttl', String(u8(bytes, at + 8)));
  append(row, 'ip.proto', String(u8(bytes, at + 9)));
}

function putIcmp(row: DraftRow, frame: Frame): void {
  const name = frame.icmpVersion === 6 ? 'icmpv6' : 'icmp';
  put(row, `${name}.type`, String(u8(frame.bytes, frame.icmpAt)));
  put(row, `${name}.code`, String(u8(frame.bytes, frame.icmpAt + 1)));
  const type = u8(frame.bytes, frame.icmpAt);
  if (frame.end - frame.icmpAt >= 8 && (name === 'icmp' ? ECHO : ECHO_V6).has(type)) {
    const field = name === 'icmp' ? 'icmp.seq' : 'icmpv6.echo.sequence_number';
    put(row, field, String(u16(frame.bytes, frame.icmpAt + 6)));
  }
  if (frame.quotedFrom >= 0) putQuoted(row, frame);
  putFittingSize(row, frame);
  if (frame.dataLength > 0) {
    const { bytes, end, missing, dataLength } = frame;
    putBytes(row, 'data.data', bytes, end + missing - dataLength, end);
  }
  const lifetime = routerLifetime(frame);
  if (lifetime !== null) put(row, 'icmpv6.nd.ra.router_lifetime', String(lifetime));
  const neighbour = readNeighbourMessage(frame);
  if (neighbour === null) return;
  for (const address of neighbour.linkAddresses) append(row, 'icmpv6.opt.linkaddr', address);
  for (const prefix of neighbour.prefixes) append(row, 'icmpv6.opt.prefix', prefix);
  if (neighbour.advertised !== null) put(row, 'icmpv6.nd.na.target_address', neighbour.advertised);
  if (neighbour.preference !== null) put(row, 'icmpv6.nd.ra.flag.prf', String(neighbour.preference));
}

/** What an ICMP error says would fit: RFC 1191 puts it into 2 bytes, RFC 4443 into 4. */
function putFittingSize(row: DraftRow, { bytes, icmpAt, icmpVersion, end }: Frame): void {
  const type = u8(bytes, icmpAt);
  if (end - icmpAt < 8) return;
  if (icmpVersion === 6 && type === 2) put(row, 'icmpv6.mtu', String(u32(bytes, icmpAt + 4)));
  if (icmpVersion !== 6 && type === 3 && u8(bytes, icmpAt + 1) === 4)
    put(row, 'icmp.mtu', String(u16(bytes, icmpAt + 6)));
}

function putArp(row: DraftRow, frame: Frame): void {
  const { opcode, senderMac, senderIp, targetIp } = readArp(frame);
  put(row, 'arp.opcode', String(opcode));
  put(row, 'arp.src.hw_mac', senderMac);
  put(row, 'arp.src.proto_ipv4', senderIp);
  put(row, 'arp.dst.proto_ipv4', targetIp);
}

/** What tells which packet an ICMP error is about, beside whole headers: ports, or the number of an echo request. */
function putQuoted(row: DraftRow, { bytes, icmpAt, icmpVersion, end }: Frame): void {
  const header = icmpAt + 8;
  const six = icmpVersion === 6;
  const at = header + (six ? 40 : (u8(bytes, header) & 0x0f) * 4);
  if (end - at < 8) return;
  const protocol = u8(bytes, header + (six ? 6 : 9));
  if (protocol === TCP && end - at < TCP_HEADER) {
    append(row, 'tcp.srcport', String(u16(bytes, at)));
    append(row, 'tcp.dstport', String(u16(bytes, at + 2)));
  } else if (protocol === (six ? 58 : 1) && (six ? ECHO_V6 : ECHO).has(u8(bytes, at))) {
    append(row, six ? 'icmpv6.echo.sequence_number' : 'icmp.seq', String(u16(bytes, at + 6)));
  }
}

const TCP = 6;
const TCP_HEADER = 20;

/** Echo, timestamp, information and address mask messages have sequence numbers. */
const ECHO = new Set([0, 8, 13, 14, 15, 16, 17, 18]);
const ECHO_V6 = new Set([128, 129]);

export function putUdp(row: DraftRow, frame: Frame, stream: number): void {
  append(row, 'udp.stream', String(stream));
  append(row, 'udp.srcport', String(frame.sourcePort));
  append(row, 'udp.dstport', String(frame.targetPort));
  append(row, 'udp.length', String(u16(frame.bytes, frame.transportAt + 4)));
  append(row, 'udp.checksum', hex(u16(frame.bytes, frame.transportAt + 6)));
}

function putBytes(row: DraftRow, field: FieldName, bytes: Uint8Array, start: number, end: number): void {
  if (start < end)
    put(row, field, Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('hex'));
}

const SYN = 0x02;

const MARKS: readonly [FieldName, number][] = [
  ['tcp.analysis.retransmission', RETRANSMISSION | FAST_RETRANSMISSION | SPURIOUS_RETRANSMISSION],
  ['tcp.analysis.fast_retransmission', FAST_RETRANSMISSION],
  ['tcp.analysis.out_of_order', OUT_OF_ORDER],
  ['tcp.analysis.lost_segment', LOST_SEGMENT],
  ['tcp.analysis.ack_lost_segment', ACKED_UNSEEN],
  ['tcp.analysis.zero_window', ZERO_WINDOW],
  ['tcp.analysis.keep_alive', KEEP_ALIVE],
  ['tcp.analysis.window_full', WINDOW_FULL],
];

export function putTcp(row: DraftRow, frame: Frame, verdict: TcpVerdict): void {
  append(row, 'tcp.stream', String(verdict.stream));
  append(row, 'tcp.srcport', String(frame.sourcePort));
  append(row, 'tcp.dstport', String(frame.targetPort));
  append(row, 'tcp.flags', hex(frame.tcpFlags));
  append(row, 'tcp.seq_raw', String(frame.tcpSequence));
  append(row, 'tcp.ack_raw', String(frame.tcpAcknowledgement));
  append(row, 'tcp.checksum', hex(frame.tcpChecksum));
  append(row, 'tcp.window_size_value', String(frame.tcpWindow));
  append(row, 'tcp.urgent_pointer', String(u16(frame.bytes, frame.transportAt + 18)));
  const segmentSize = (frame.tcpFlags & SYN) === 0 ? null : maximumSegmentSize(frame);
  if (segmentSize !== null) put(row, 'tcp.options.mss_val', String(segmentSize));
  if (frame.payloadLength >= 0) put(row, 'tcp.len', String(frame.payloadLength));
  for (const [field, mark] of MARKS) if ((verdict.marks & mark) !== 0) put(row, field, '1');
  if (verdict.duplicateAck > 0) put(row, 'tcp.analysis.duplicate_ack_num', String(verdict.duplicateAck));
  const rtt = verdict.initialRttNanoseconds;
  if (rtt > 0) put(row, 'tcp.analysis.initial_rtt', (rtt / 1e9).toFixed(9));
}

/** Adds one more value to a field that can have several. */
export function append(row: DraftRow, field: FieldName, value: string): void {
  const column = COLUMN.get(field) ?? 0;
  const before = row[column] ?? '';
  row[column] = before === '' ? value : `${before}${AGGREGATOR}${value}`;
}

/** 16 bits as tshark prints flags and identifications. */
export const hex = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`;
