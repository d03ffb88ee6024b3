import type { Packet } from '../packet.ts';

/** Bytes of a packet that are looked at: two full Ethernet frames, whatever offload has put together. */
const MAX_BYTES = 3_000;

/** What the packet carries above TCP or UDP, one character per byte, cut; '' where it carries nothing. */
export function payloadOf(packet: Packet): string {
  const bytes = packet.payload();
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAX_BYTES)).toString('latin1');
}

/** Hexadecimal digits as bytes, one character per byte, cut. */
export const bytesOf = (hex: string): string =>
  Buffer.from(hex.slice(0, MAX_BYTES * 2).replaceAll(':', ''), 'hex').toString('latin1');
