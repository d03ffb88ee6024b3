import { pcap, type TestPacket } from '../../packets/files.ts';

/** One conversation that a test wants in a capture: who says which bytes, in turn. */
export interface Conversation {
  client: string;
  server: string;
  port: number;
  over?: 'tcp' | 'udp';
  says: readonly { from: 'client' | 'server'; bytes: string }[];
}

const SYN = 0x02;
const SYN_ACK = 0x12;
const PSH_ACK = 0x18;

/** A pcap file of conversations, one after the other; text is one byte per character. */
export function capture(conversations: readonly Conversation[]): Buffer {
  const packets: TestPacket[] = [];
  const add = (data: Buffer): void => {
    packets.push({ data, seconds: 1_700_000_000, fraction: packets.length * 100 });
  };
  for (const [index, conversation] of conversations.entries()) {
    for (const data of framesOf(conversation, 40_000 + index)) add(data);
  }
  return pcap(packets);
}

const other = (side: 'client' | 'server') => (side === 'client' ? 'server' : 'client');

function framesOf({ client, server, port, over = 'tcp', says }: Conversation, clientPort: number): Buffer[] {
  const ends = { client: [client, clientPort], server: [server, port] } as const;
  const sent = { client: 1000, server: 2000 };
  const frame = (side: 'client' | 'server', flags: number, bytes: string): Buffer => {
    const from = ends[side];
    const to = ends[other(side)];
    const payload = Buffer.from(bytes, 'latin1');
    const body =
      over === 'udp'
        ? udp(from[1], to[1], payload)
        : tcp(from[1], to[1], { sequence: sent[side], acknowledgement: sent[other(side)], flags }, payload);
    sent[side] += payload.length + (flags & SYN ? 1 : 0);
    return ip(from[0], to[0], over === 'udp' ? 17 : 6, body);
  };
  const greeting = over === 'udp' ? [] : [frame('client', SYN, ''), frame('server', SYN_ACK, '')];
  return [...greeting, ...says.map(({ from, bytes }) => frame(from, PSH_ACK, bytes))];
}

function ip(source: string, target: string, protocol: number, body: Buffer): Buffer {
  const header = Buffer.alloc(14 + 20);
  header.writeUInt16BE(0x0800, 12);
  header[14] = 0x45;
  header.writeUInt16BE(20 + body.length, 16);
  header[22] = 64;
  header[23] = protocol;
  Buffer.from(source.split('.').map(Number)).copy(header, 26);
  Buffer.from(target.split('.').map(Number)).copy(header, 30);
  return Buffer.concat([header, body]);
}

function tcp(
  from: number,
  to: number,
  { sequence, acknowledgement, flags }: { sequence: number; acknowledgement: number; flags: number },
  payload: Buffer,
): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from, 0);
  header.writeUInt16BE(to, 2);
  header.writeUInt32BE(sequence, 4);
  header.writeUInt32BE(acknowledgement, 8);
  header[12] = 0x50;
  header[13] = flags;
  header.writeUInt16BE(64_000, 14);
  return Buffer.concat([header, payload]);
}

function udp(from: number, to: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(from, 0);
  header.writeUInt16BE(to, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  return Buffer.concat([header, payload]);
}
