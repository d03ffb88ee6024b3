import {
  ACKED_UNSEEN,
  FAST_RETRANSMISSION,
  KEEP_ALIVE,
  LOST_SEGMENT,
  OUT_OF_ORDER,
  RETRANSMISSION,
  WINDOW_FULL,
  ZERO_WINDOW,
} from '../../packets/streams/tcp-marks.ts';
import type { FieldName } from './fields.ts';
import { all, has, lastNumber, number, raw, seconds, text, type Row } from './row.ts';

/** TCP flag bits. */
export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;

export interface Transport {
  kind: 'tcp' | 'udp';
  /** tshark's number of the conversation. */
  stream: number;
  sourcePort: number;
  targetPort: number;
  /** TCP only; 0 for UDP. */
  flags: number;
  /** Bytes of TCP payload; 0 for UDP. */
  payload: number;
  /** Bytes above TCP or UDP, as far as they were on the wire. */
  carried: number;
  checksum: number;
  /** TCP only, null where it could not be read. */
  segment: Segment | null;
}

/** What a TCP header says, and what it means in the light of the segments before it. */
export interface Segment {
  sequence: number;
  acknowledgement: number;
  window: number;
  /** Bits of src/packets/streams/tcp-marks.ts; every sort of retransmission has RETRANSMISSION. */
  marks: number;
  /** Maximum segment size option, null where there is none. */
  maximumSize: number | null;
  /** How many times in a row this acknowledgement came again. */
  duplicateAck: number;
  /** From SYN to the ACK that ended the handshake in seconds, null where that is not known (yet). */
  handshakeSeconds: number | null;
}

/**
 * One captured frame. Large captures fill one and the same object again and again: a table reads it while it is added,
 * and keeps neither it nor its row.
 */
export interface Packet {
  /** From 1, as tshark counts. */
  frame: number;
  /** Seconds since 1970. */
  at: number;
  /** Length on the wire. */
  bytes: number;
  captured: number;
  /** Protocols from the link layer up, without what an ICMP error quotes. */
  layers: readonly string[];
  /** Whether an ICMP error quotes another packet here. */
  quotes: boolean;
  /** Addresses of the innermost network header, MAC addresses where there is none, null where neither is known. */
  source: string | null;
  target: string | null;
  transport: Transport | null;
  /** Identification in the innermost IPv4 header, 0 where there is none. */
  identification: number;
  readonly row: Row;
  /** Of the outermost IP header: time to live, hop limit; null where there is none. */
  timeToLive(): number | null;
  /** What it carries above TCP or UDP; empty where that is nothing, or not known. Valid while it is added. */
  payload(): Uint8Array;
}

/** Reads a row; null where it lacks what every frame has. */
export function readPacket(row: Row): Packet | null {
  let carried: Uint8Array | null = null;
  const frame = number(row, 'frame.number');
  const at = seconds(row, 'frame.time_epoch');
  if (frame === null) return null;
  const path = raw(row, 'frame.protocols').split(':').slice(0, 60);
  const error = path.findIndex((layer) => layer === 'icmp' || layer === 'icmpv6');
  const layers = error < 0 ? path : path.slice(0, error + 1);
  const bytes = number(row, 'frame.len') ?? 0;
  return {
    frame,
    at: at ?? 0,
    bytes,
    captured: number(row, 'frame.cap_len') ?? bytes,
    layers,
    quotes: error >= 0 && path.slice(error).some((layer) => layer === 'ip' || layer === 'ipv6'),
    source: address(row, layers, 'src'),
    target: address(row, layers, 'dst'),
    transport: transport(row, layers),
    identification: lastNumber(row, 'ip.id') ?? 0,
    row,
    timeToLive: () => number(row, 'ip.ttl') ?? number(row, 'ipv6.hlim'),
    payload: () => (carried ??= carriedBytes(row)),
  };
}

function carriedBytes(row: Row): Uint8Array {
  const tcp = text(row, 'tcp.payload');
  return Buffer.from((tcp === '' ? text(row, 'udp.payload') : tcp).replaceAll(':', ''), 'hex');
}

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const MAC = /^([\da-f]{2}:){5}[\da-f]{2}$/i;
const IPV6 = /^[\da-f:]{2,39}(\d{1,3}(\.\d{1,3}){3})?$/i;

export const isMac = (address: string): boolean => MAC.test(address);
export const isIpv6 = (address: string): boolean => !isMac(address) && address.includes(':');
export const isAddress = (value: string): boolean => IPV4.test(value) || isMac(value) || IPV6.test(value);

/** Whether an address names a group of hosts, or everybody. */
export function isGroupAddress(address: string): boolean {
  if (!address.includes(':')) {
    return Number.parseInt(address, 10) >= 224 || address.endsWith('.255') || address === '0.0.0.0';
  }
  if (isMac(address)) return (Number.parseInt(address.slice(0, 2), 16) & 1) === 1;
  return /^ff/i.test(address);
}

function address(row: Row, layers: readonly string[], end: 'src' | 'dst'): string | null {
  const network = layers.findLast((layer) => layer === 'ip' || layer === 'ipv6');
  if (network === 'ip' || network === 'ipv6') {
    const values = all(row, `${network}.${end}`);
    const depth = layers.filter((layer) => layer === network).length;
    return checked(values[Math.min(depth, values.length) - 1] ?? '');
  }
  const ethernet = text(row, `eth.${end}`);
  return checked(ethernet === '' ? text(row, end === 'src' ? 'wlan.sa' : 'wlan.da') : ethernet);
}

const checked = (value: string): string | null => (isAddress(value) ? value.toLowerCase() : null);

function transport(row: Row, layers: readonly string[]): Transport | null {
  const kind = layers.findLast((layer) => layer === 'tcp' || layer === 'udp');
  if (kind !== 'tcp' && kind !== 'udp') return null;
  const stream = lastNumber(row, `${kind}.stream`);
  const sourcePort = lastNumber(row, `${kind}.srcport`);
  const targetPort = lastNumber(row, `${kind}.dstport`);
  if (stream === null || sourcePort === null || targetPort === null) return null;
  const flags = kind === 'tcp' ? (lastNumber(row, 'tcp.flags') ?? 0) : 0;
  const payload = kind === 'tcp' ? (lastNumber(row, 'tcp.len') ?? 0) : 0;
  const segment = kind === 'tcp' ? readSegment(row) : null;
  const carried = kind === 'tcp' ? payload : Math.max((lastNumber(row, 'udp.length') ?? 0) - UDP_HEADER, 0);
  const checksum = lastNumber(row, `${kind}.checksum`) ?? 0;
  return { kind, stream, sourcePort, targetPort, flags, payload, carried, checksum, segment };
}

const UDP_HEADER = 8;

const MARKS: readonly [FieldName, number][] = [
  ['tcp.analysis.retransmission', RETRANSMISSION],
  ['tcp.analysis.fast_retransmission', FAST_RETRANSMISSION],
  ['tcp.analysis.out_of_order', OUT_OF_ORDER],
  ['tcp.analysis.lost_segment', LOST_SEGMENT],
  ['tcp.analysis.ack_lost_segment', ACKED_UNSEEN],
  ['tcp.analysis.zero_window', ZERO_WINDOW],
  ['tcp.analysis.keep_alive', KEEP_ALIVE],
  ['tcp.analysis.window_full', WINDOW_FULL],
];

function readSegment(row: Row): Segment {
  return {
    sequence: lastNumber(row, 'tcp.seq_raw') ?? 0,
    acknowledgement: lastNumber(row, 'tcp.ack_raw') ?? 0,
    window: lastNumber(row, 'tcp.window_size_value') ?? 0,
    marks: MARKS.reduce((marks, [field, mark]) => (has(row, field) ? marks | mark : marks), 0),
    maximumSize: lastNumber(row, 'tcp.options.mss_val'),
    duplicateAck: lastNumber(row, 'tcp.analysis.duplicate_ack_num') ?? 0,
    handshakeSeconds: seconds(row, 'tcp.analysis.initial_rtt'),
  };
}
