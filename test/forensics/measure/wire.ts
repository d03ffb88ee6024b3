/** Real packets, byte by byte, for what only tshark can dissect: raw IPv4 in a classic pcap. */

export interface WirePacket {
  at: number;
  bytes: Buffer;
}

export interface Ipv4 {
  from: string;
  to: string;
  protocol: number;
  payload?: Buffer;
  ttl?: number;
  id?: number;
  /** The 16 bits of flags and fragment offset. */
  fragment?: number;
}

const RAW_IPV4 = 228;

export function ipv4({
  from,
  to,
  protocol,
  payload = Buffer.alloc(0),
  ttl = 64,
  id = 0,
  fragment = 0,
}: Ipv4): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(20 + payload.length, 2);
  header.writeUInt16BE(id, 4);
  header.writeUInt16BE(fragment, 6);
  header.writeUInt8(ttl, 8);
  header.writeUInt8(protocol, 9);
  for (const [index, address] of [from, to].entries())
    for (const [place, part] of address.split('.').entries())
      header.writeUInt8(Number(part), 12 + index * 4 + place);
  return Buffer.concat([header, payload]);
}

export type Ends = Omit<Ipv4, 'protocol' | 'payload'> & { source: number; target: number };

export function udp(ends: Ends, payload: Buffer | string = ''): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(8);
  header.writeUInt16BE(ends.source, 0);
  header.writeUInt16BE(ends.target, 2);
  header.writeUInt16BE(8 + body.length, 4);
  return ipv4({ ...ends, protocol: 17, payload: Buffer.concat([header, body]) });
}

export interface Segment {
  flags: number;
  sequence?: number;
  acknowledgement?: number;
  window?: number;
}

export function tcp(
  ends: Ends,
  { flags, sequence = 1, acknowledgement = 0, window = 8192 }: Segment,
  payload: Buffer | string = '',
): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(ends.source, 0);
  header.writeUInt16BE(ends.target, 2);
  header.writeUInt32BE(sequence, 4);
  header.writeUInt32BE(acknowledgement, 8);
  header.writeUInt16BE(0x5000 | flags, 12);
  header.writeUInt16BE(window, 14);
  return ipv4({ ...ends, protocol: 6, payload: Buffer.concat([header, Buffer.from(payload)]) });
}

export interface Icmp {
  type: number;
  code?: number;
  /** Identification and sequence number of an echo message. */
  sequence?: number;
  body?: Buffer;
}

export function icmp(
  ends: Omit<Ipv4, 'protocol' | 'payload'>,
  { type, code = 0, sequence = 0, body }: Icmp,
): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(type, 0);
  header.writeUInt8(code, 1);
  if (type === 8 || type === 0) header.writeUInt16BE(0x77, 4);
  header.writeUInt16BE(sequence, 6);
  return ipv4({ ...ends, protocol: 1, payload: Buffer.concat([header, body ?? Buffer.alloc(0)]) });
}

/** The file with these packets. */
export function pcapOf(packets: readonly WirePacket[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(RAW_IPV4, 20);
  const records = packets.flatMap(({ at, bytes }) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Math.floor(at), 0);
    record.writeUInt32LE(Math.round((at % 1) * 1e6), 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return [record, bytes];
  });
  return Buffer.concat([header, ...records]);
}

/** When made captures begin. */
export const START = 1_700_000_000;

/** Packets at even distances, in seconds. */
export const paced = (step: number, packets: readonly Buffer[]): WirePacket[] =>
  packets.map((bytes, index) => ({ at: START + index * step, bytes }));
