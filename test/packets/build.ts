/** Headers by hand, checksums left at 0: the reader does not check them. */
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
export const u16 = (value: number): Buffer => Buffer.from([(value >> 8) & 0xff, value & 0xff]);

export const ethernet = (type: number, payload: Buffer): Buffer =>
  Buffer.concat([hex('020000000002 020000000001'), u16(type), payload]);

export const ipv4 = (protocol: number, payload: Buffer): Buffer =>
  Buffer.concat([
    hex('4500'),
    u16(20 + payload.length),
    hex('00010000 40'),
    Buffer.from([protocol]),
    hex('0000 0a000001 0a000002'),
    payload,
  ]);

export const ipv6 = (next: number, payload: Buffer): Buffer =>
  Buffer.concat([
    hex('60000000'),
    u16(payload.length),
    Buffer.from([next, 64]),
    hex('20010db8000000000000000000000001 20010db8000000000000000000000002'),
    payload,
  ]);

export const udp = (source: number, target: number, payload: Buffer): Buffer =>
  Buffer.concat([u16(source), u16(target), u16(8 + payload.length), u16(0), payload]);

export const tcp = (source: number, target: number, sequence: number, payload: Buffer): Buffer => {
  const header = Buffer.concat([
    u16(source),
    u16(target),
    Buffer.alloc(8),
    hex('8018 1000 0000 0000 0101080a0000000100000001'),
  ]);
  header.writeUInt32BE(sequence, 4);
  return Buffer.concat([header, payload]);
};

/** The packet with its addresses exchanged. */
export function turned(packet: Buffer): Buffer {
  const copy = Buffer.from(packet);
  packet.copy(copy, 12, 16, 20);
  packet.copy(copy, 16, 12, 16);
  return copy;
}

/** A TCP connection over Ethernet in segments of at most 1,000 bytes, from its handshake on. */
export function conversation(
  client: number,
  server: number,
  said: readonly (readonly ['client' | 'server', Buffer])[],
): Buffer[] {
  const next = { client: 1000, server: 5000 };
  const packets: Buffer[] = [];
  const send = (from: 'client' | 'server', flags: number, payload: Buffer): void => {
    const isClient = from === 'client';
    const segment = isClient
      ? tcp(client, server, next.client, payload)
      : tcp(server, client, next.server, payload);
    segment.writeUInt32BE((flags & 0x10) === 0 ? 0 : isClient ? next.server : next.client, 8);
    segment[13] = flags;
    const packet = ipv4(6, segment);
    packets.push(ethernet(0x0800, isClient ? packet : turned(packet)));
    next[from] += payload.length + ((flags & 0x02) === 0 ? 0 : 1);
  };
  const nothing = Buffer.alloc(0);
  send('client', 0x02, nothing);
  send('server', 0x12, nothing);
  send('client', 0x10, nothing);
  for (const [from, bytes] of said) {
    for (let at = 0; at < bytes.length; at += 1000) send(from, 0x18, bytes.subarray(at, at + 1000));
  }
  return packets;
}

/** The fragments of an IPv4 packet without options, `size` bytes of payload in each (a multiple of 8). */
export function fragments4(packet: Buffer, size: number, identification: number): Buffer[] {
  const body = packet.subarray(20);
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const piece = Buffer.concat([packet.subarray(0, 20), body.subarray(at, at + size)]);
    piece.writeUInt16BE(piece.length, 2);
    piece.writeUInt16BE(identification, 4);
    piece.writeUInt16BE((at / 8) | (at + size < body.length ? 0x2000 : 0), 6);
    pieces.push(piece);
  }
  return pieces;
}

/** The same of an IPv6 packet without extension headers. */
export function fragments6(packet: Buffer, size: number, identification: number): Buffer[] {
  const body = packet.subarray(40);
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const header = Buffer.alloc(8);
    header[0] = packet[6] ?? 0;
    header.writeUInt16BE(at | (at + size < body.length ? 1 : 0), 2);
    header.writeUInt32BE(identification, 4);
    const piece = Buffer.concat([packet.subarray(0, 40), header, body.subarray(at, at + size)]);
    piece.writeUInt16BE(piece.length - 40, 4);
    piece[6] = 44;
    pieces.push(piece);
  }
  return pieces;
}
