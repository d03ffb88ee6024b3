import { packetCrypto } from '../../src/adapters/packet-crypto/packet-crypto.ts';
import { detectAll } from '../../src/forensics/measure/detectors.ts';
import { createOwnLane } from '../../src/forensics/measure/large/own-lane.ts';
import { createTables } from '../../src/forensics/measure/tables.ts';
import { newRecordHeader } from '../../src/packets/formats/record.ts';
import { conversation, ethernet, hex, ipv4, ipv6, udp } from './build.ts';
import { encapsulated, fragmented } from './encapsulated.ts';
import { clientHello, cryptoFrame, inRecords, sealInitial, serverHello } from './hellos.ts';
import { createRandom, mutate } from './mutants.ts';

type Random = (below: number) => number;

interface Seed {
  linkType: number;
  data: Uint8Array;
}

const DNS_ANSWER = hex(
  '1234 8180 0001 0002 0000 0000 03777777 07657861 6d706c65 03636f6d 00 0001 0001' +
    'c00c 0001 0001 00000010 0004 01020304 c00c 0005 0001 00000010 0006 0361 6263 c010',
);
const FORM =
  'POST /a HTTP/1.1\r\nHost: b\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\npass=a&b=';
const CHUNKS = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n';
const text = (from: 'client' | 'server', words: string): ['client' | 'server', Buffer] => [
  from,
  Buffer.from(words),
];

const CONVERSATIONS: readonly Buffer[] = [
  ...conversation(4000, 443, [
    ['client', inRecords(clientHello('a.example', 'h2', 1200), 500)],
    ['server', inRecords(serverHello(), 30)],
  ]),
  ...conversation(4001, 80, [text('client', FORM), text('server', CHUNKS)]),
  ...conversation(4002, 25, [
    text('client', 'STARTTLS\r\n'),
    text('server', '220 go\r\n'),
    ['client', inRecords(clientHello('b.example', 'x'), 9000)],
  ]),
  ...conversation(4003, 389, [['server', hex('300c 020101 6107 0a0131 0400 0400')]]),
  ...conversation(4004, 502, [['client', hex('0001 0000 0003 01 83 02')]]),
  ...conversation(4005, 53, [['server', Buffer.concat([Buffer.from([0, DNS_ANSWER.length]), DNS_ANSWER])]]),
];

const QUIC = { version: 1, from: 'client', identifier: hex('8394c8f03e515708'), number: 0 } as const;
const OTHERS: readonly Buffer[] = [
  ethernet(0x0800, ipv4(17, udp(53, 4000, DNS_ANSWER))),
  ethernet(0x86dd, ipv6(17, udp(5353, 5353, DNS_ANSWER))),
  ethernet(
    0x0800,
    ipv4(
      17,
      udp(4000, 443, sealInitial({ ...QUIC, frames: cryptoFrame(0, clientHello('c.example', 'h3')) })),
    ),
  ),
  ethernet(0x0800, ipv4(1, Buffer.concat([hex('0301 0000 00000000'), ipv4(17, udp(5000, 53, DNS_ANSWER))]))),
  ethernet(0x0806, hex('0001 0800 06 04 0002 020000000001 0a000001 020000000002 0a000002')),
  ethernet(0x86dd, ipv6(58, hex('8600 0000 40 00 0708 00000000 00000000 0101 020000000001'))),
];

/** Packets that reach every decoder: tunnels, link types, fragments, and messages over several segments. */
export const PACKETS: readonly Seed[] = [
  ...encapsulated(),
  ...fragmented(),
  ...[...CONVERSATIONS, ...OTHERS].map((data) => ({ linkType: 1, data })),
];

/** As many packets are read by one reader, so that what one leaves behind meets the next. */
const SESSION = 2_000;
/** Rows are made of each such packet: most of the work, and no part of it depends on the packets before. */
const ROW_EVERY = 8;
/** Measuring costs more than reading, and has its own tests. */
const MEASURE_EVERY = 25;
const LONGEST = 8_192;

/**
 * Pushes the mutants `from`..`to` through the whole reader, from the link layer to messages, conversations and rows;
 * answers how many packets were in a conversation. Throws at the first that fails.
 */
export function readPacketMutants(from: number, to: number): number {
  let conversations = 0;
  for (let first = from; first < to; first += SESSION) {
    conversations += readSession(first, Math.min(first + SESSION, to));
  }
  return conversations;
}

function readSession(from: number, to: number): number {
  const isMeasured = (from / SESSION) % MEASURE_EVERY === 0;
  const tables = createTables();
  let seen = 0;
  const lane = createOwnLane((packet, shows) => {
    if (isMeasured) tables.addOwn(packet, shows);
    if (packet.frame % ROW_EVERY === 0 && packet.row.at(0) === '') throw new Error('an empty row');
    if (packet.transport !== null) seen += 1;
  }, packetCrypto);
  const header = newRecordHeader();
  const scratch = new Uint8Array(2 * LONGEST);
  for (let number = from; number < to; number += 1) {
    const random = createRandom(number);
    // Conversations make sense in order only: from a random place on, as many as there are.
    const seed = PACKETS[(number + (number >> 5) * 7) % PACKETS.length];
    if (seed === undefined) continue;
    const start = random(16);
    const length = damage(scratch, start, seed, random);
    header.number = number - from + 1;
    header.seconds = 1000 + (number >> 3);
    header.linkType = random(64) === 0 ? random(300) : seed.linkType;
    header.wireLength = random(16) === 0 ? random(2 * length + 1) : length;
    try {
      lane.onPacket(scratch, start, start + length, header);
    } catch (error) {
      throw new Error(`packet mutant ${number} is not survived`, { cause: error });
    }
  }
  if (isMeasured) {
    for (const totals of lane.conversations()) tables.addConversation(totals);
    detectAll(tables.finish());
  }
  return seen;
}

/** Writes the seed into `scratch` from `start` on, damaged or whole, and answers its length. */
function damage(scratch: Uint8Array, start: number, { data }: Seed, random: Random): number {
  scratch.set(data, start);
  const packet = scratch.subarray(start, start + data.length);
  switch (random(8)) {
    case 0:
      return data.length;
    case 1:
      return random(data.length + 1);
    case 2:
      return nest(scratch, start, data.length, random);
    case 3:
      return repeat(scratch, start, data.length, random);
    case 4:
      for (let count = 1 + random(3); count > 0; count -= 1) setLength(packet, random);
      return data.length;
    case 5:
      // Behind the headers of most packets: what applications say.
      mutate(packet, random, Math.min(42 + random(60), data.length));
      return data.length;
    default:
      mutate(packet, random, 0);
      return data.length;
  }
}

/** Puts another packet into this one, so that headers stand inside of headers. */
function nest(scratch: Uint8Array, start: number, length: number, random: Random): number {
  const other = PACKETS[random(PACKETS.length)]?.data ?? new Uint8Array(0);
  const at = random(length + 1);
  const skipped = random(2) === 0 ? 14 : 0;
  const inner = other.subarray(Math.min(skipped, other.length));
  scratch.set(inner, start + at);
  return Math.max(length, at + inner.length);
}

/** Says a stretch again and again: options, labels, extension headers, records. */
function repeat(scratch: Uint8Array, start: number, length: number, random: Random): number {
  const from = random(length);
  const size = 1 + random(Math.min(24, length - from));
  const times = 1 + random(40);
  const stretch = scratch.slice(start + from, start + from + size);
  const rest = scratch.slice(start + from + size, start + length);
  let at = start + from;
  for (let count = 0; count <= times && at - start < LONGEST - rest.length; count += 1) {
    scratch.set(stretch, at);
    at += size;
  }
  scratch.set(rest, at);
  return at + rest.length - start;
}

/** Writes a number that looks like a length: of nothing, of everything, one too many. */
function setLength(packet: Uint8Array, random: Random): void {
  const at = random(Math.max(packet.length - 1, 1));
  const left = packet.length - at;
  const value = [0, 1, left - 1, left, left + 1, left - 2, 0x7fff, 0xffff, random(65_536)][random(9)] ?? 0;
  if (random(2) === 0) packet[at] = (value >> 8) & 0xff;
  if (at + 1 < packet.length) packet[at + 1] = value & 0xff;
}
