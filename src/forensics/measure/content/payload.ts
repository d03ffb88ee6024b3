import type { Packet } from '../packet.ts';

/** Bytes of a packet that are looked at: two full Ethernet frames, whatever offload has put together. */
const MAX_BYTES = 3_000;

/** What the packet carries above TCP or UDP, cut; empty where it carries nothing. Valid while the packet is. */
export function payloadBytes(packet: Packet): Uint8Array {
  if (packet.transport === null) return NOTHING;
  const bytes = packet.payload();
  return bytes.length > MAX_BYTES ? bytes.subarray(0, MAX_BYTES) : bytes;
}

const NOTHING = new Uint8Array(0);

/** The same, one character per byte. */
export const payloadOf = (packet: Packet): string => textOf(payloadBytes(packet));

/** Bytes as text, one character per byte. */
export const textOf = (bytes: Uint8Array): string =>
  bytes.length === 0 ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** Hexadecimal digits as bytes, one character per byte, cut. */
export const bytesOf = (hex: string): string =>
  Buffer.from(hex.slice(0, MAX_BYTES * 2).replaceAll(':', ''), 'hex').toString('latin1');
