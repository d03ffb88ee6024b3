import type { Desk } from './wire.ts';
import type { Host } from './world.ts';

export const TCP = 6;
export const UDP = 17;
const ETHERNET_HEADER = 14;

/** The headers that the packets of one direction have in common; what differs is written over them. */
export interface Shape {
  readonly bytes: Uint8Array;
  readonly isV6: boolean;
  readonly protocol: number;
  /** Where in `bytes` the header above IP begins. */
  readonly messageAt: number;
  /** Where in that header the checksum stands; -1 where it has none. */
  readonly checksumAt: number;
  /** Sum over addresses and protocol, for the checksum; 0 for ICMP, which leaves them out. */
  readonly pseudo: number;
  identification: number;
}

export interface Route {
  source: Host;
  target: Host;
  isV6: boolean;
  protocol: number;
  /** The header above IP, its checksum zero. */
  message: Uint8Array;
  checksumAt: number;
}

/** Ethernet and IP headers for a way between two hosts, with the message's header behind them. */
export function createShape({ source, target, isV6, protocol, message, checksumAt }: Route): Shape {
  const messageAt = ETHERNET_HEADER + (isV6 ? 40 : 20);
  const bytes = new Uint8Array(messageAt + message.length);
  bytes.set(target.mac, 0);
  bytes.set(source.mac, 6);
  put16(bytes, 12, isV6 ? 0x86dd : 0x0800);
  const at = ETHERNET_HEADER;
  if (isV6) {
    bytes[at] = 0x60;
    bytes[at + 6] = protocol;
    bytes[at + 7] = source.hops;
    bytes.set(source.v6, at + 8);
    bytes.set(target.v6, at + 24);
  } else {
    bytes[at] = 0x45;
    put16(bytes, at + 6, 0x4000);
    bytes[at + 8] = source.hops;
    bytes[at + 9] = protocol;
    bytes.set(source.v4, at + 12);
    bytes.set(target.v4, at + 16);
  }
  bytes.set(message, messageAt);
  const pseudo = protocol === 1 ? 0 : sumOf(bytes, at + (isV6 ? 8 : 12), messageAt) + protocol;
  const identification = (source.v4[3] ?? 0) * 251 + (target.v4[3] ?? 0) * 7;
  return { bytes, isV6, protocol, messageAt, checksumAt, pseudo, identification };
}

/** Lays one packet down with its lengths and checksums; answers where the frame begins and what it measures. */
export function send(
  desk: Desk,
  shape: Shape,
  payload: Uint8Array,
  from = 0,
  length = payload.length,
): { at: number; total: number } {
  const at = desk.frame(shape.bytes, payload, from, length);
  const total = shape.bytes.length + length;
  const { bytes } = desk;
  const ip = at + ETHERNET_HEADER;
  const message = at + shape.messageAt;
  const messageLength = total - shape.messageAt;
  if (shape.isV6) {
    put16(bytes, ip + 4, messageLength);
  } else {
    put16(bytes, ip + 2, total - ETHERNET_HEADER);
    put16(bytes, ip + 4, shape.identification);
    shape.identification = (shape.identification + 1) & 0xffff;
    put16(bytes, ip + 10, checksum(bytes, ip, ip + 20, 0));
  }
  if (shape.protocol === UDP) put16(bytes, message + 4, messageLength);
  if (shape.checksumAt >= 0) {
    const sum = checksum(bytes, message, at + total, shape.pseudo === 0 ? 0 : shape.pseudo + messageLength);
    // Zero means "none" in UDP.
    put16(bytes, message + shape.checksumAt, sum === 0 && shape.protocol === UDP ? 0xffff : sum);
  }
  return { at, total };
}

/** The internet checksum (RFC 1071) of the bytes from `start` to `end`, on top of a sum. */
export function checksum(bytes: Uint8Array, start: number, end: number, before: number): number {
  let sum = before + sumOf(bytes, start, end);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  let at = start;
  for (; at + 1 < end; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return at < end ? sum + ((bytes[at] ?? 0) << 8) : sum;
}

export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
