import type { Packet } from '../packet.ts';
import { text } from '../row.ts';

/** Bytes of a packet that are looked at: two full Ethernet frames, whatever offload has put together. */
const MAX_BYTES = 3_000;

/** What the packet carries above TCP or UDP, one character per byte, cut; '' where it carries nothing. */
export function payloadOf({ transport, row }: Packet): string {
  if (transport === null) return '';
  const hex = text(row, transport.kind === 'tcp' ? 'tcp.payload' : 'udp.payload');
  return hex === '' ? '' : bytesOf(hex);
}

/** Hexadecimal digits as bytes, one character per byte, cut. */
export const bytesOf = (hex: string): string =>
  Buffer.from(hex.slice(0, MAX_BYTES * 2).replaceAll(':', ''), 'hex').toString('latin1');
