import { raw, type Row } from '../row.ts';
import type { Packet } from '../packet.ts';

/** What an RTP header says (RFC 3550 section 5.1). */
export interface RtpHeader {
  ssrc: number;
  sequence: number;
  timestamp: number;
  payloadType: number;
}

const HEADER_HEX = 24;
const LOWEST_PORT = 1_024;
/** Audio and video of RFC 3551, and the dynamic types; 72 to 76 would be RTCP. */
const isMedia = (type: number): boolean => type <= 34 || (type >= 96 && type <= 127);

/** A datagram that no protocol claimed, read as RTP; null where its first bytes are none. Only a row of them proves it. */
export function readUnannounced({ row, layers, transport }: Packet): RtpHeader | null {
  if (transport?.kind !== 'udp' || (layers.at(-1) !== 'data' && layers.at(-1) !== 'udp')) return null;
  if (transport.sourcePort < LOWEST_PORT || transport.targetPort < LOWEST_PORT) return null;
  return headerOf(row);
}

function headerOf(row: Row): RtpHeader | null {
  const bytes = Buffer.from(raw(row, 'udp.payload').slice(0, HEADER_HEX), 'hex');
  if (bytes.length < HEADER_HEX / 2 || (bytes[0] ?? 0) >> 6 !== 2) return null;
  const payloadType = (bytes[1] ?? 0) & 0x7f;
  const ssrc = bytes.readUInt32BE(8);
  if (!isMedia(payloadType) || ssrc === 0) return null;
  return { ssrc, payloadType, sequence: bytes.readUInt16BE(2), timestamp: bytes.readUInt32BE(4) };
}
