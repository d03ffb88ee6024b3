import { ethernet, fragments4, fragments6, hex, ipv4, ipv6, tcp, u16, udp } from './build.ts';

/** A packet of some link type. */
export interface Encapsulated {
  name: string;
  linkType: number;
  data: Buffer;
  /** As long as the data where it is not told. */
  wireLength?: number;
}

const DNS = hex('1234 0100 0001 0000 0000 0000 03777777 07657861 6d706c65 03636f6d 00 0001 0001');
const REQUEST = Buffer.from('GET /inside HTTP/1.1\r\nHost: a.example\r\n\r\n');
const ETHERNET = 1;

/** What is put inside: each once over UDP and once over TCP, so that both kinds of conversation are told apart. */
const inner4 = (number: number): Buffer[] => [
  ipv4(17, udp(20_000 + number, 53, DNS)),
  ipv4(6, tcp(20_000 + number, 80, 1000, REQUEST)),
];
const inner6 = (number: number): Buffer[] => [
  ipv6(17, udp(21_000 + number, 53, DNS)),
  ipv6(6, tcp(21_000 + number, 80, 1000, REQUEST)),
];

/** Ways in which an IPv4 packet is carried over Ethernet. */
const OVER_ETHERNET: Record<string, (packet: Buffer) => Buffer> = {
  plain: (packet) => ethernet(0x0800, packet),
  VLAN: (packet) => ethernet(0x8100, Buffer.concat([hex('0064 0800'), packet])),
  'two VLAN tags': (packet) => ethernet(0x8100, Buffer.concat([hex('0064 8100 0065 0800'), packet])),
  '802.1ad': (packet) => ethernet(0x88a8, Buffer.concat([hex('0064 8100 0065 0800'), packet])),
  'two 802.1ad tags': (packet) => ethernet(0x88a8, Buffer.concat([hex('0064 88a8 0065 0800'), packet])),
  'tags of type 0x9100': (packet) => ethernet(0x9100, Buffer.concat([hex('0064 8100 0065 0800'), packet])),
  '802.3 with SNAP': (packet) =>
    ethernet(8 + packet.length, Buffer.concat([hex('aaaa03 000000 0800'), packet])),
  MPLS: (packet) => ethernet(0x8847, Buffer.concat([hex('00001000 00002140'), packet])),
  'MPLS pseudowire': (packet) =>
    ethernet(0x8847, Buffer.concat([hex('00002140 00000000 000c29000002 000c29000001 0800'), packet])),
  PPPoE: (packet) =>
    ethernet(0x8864, Buffer.concat([hex('1100 0001'), u16(packet.length + 2), hex('0021'), packet])),
  GRE: (packet) => ethernet(0x0800, ipv4(47, Buffer.concat([hex('0000 0800'), packet]))),
  'GRE with key, checksum and sequence': (packet) =>
    ethernet(0x0800, ipv4(47, Buffer.concat([hex('b000 0800 00000000 00000001 00000002'), packet]))),
  'GRE over IPv6': (packet) => ethernet(0x86dd, ipv6(47, Buffer.concat([hex('0000 0800'), packet]))),
  'GRE with Ethernet': (packet) =>
    ethernet(0x0800, ipv4(47, Buffer.concat([hex('0000 6558'), ethernet(0x0800, packet)]))),
  'GRE of PPTP': (packet) =>
    ethernet(
      0x0800,
      ipv4(
        47,
        Buffer.concat([
          hex('3081 880b'),
          u16(packet.length + 4),
          hex('0001 00000001 00000002 ff03 0021'),
          packet,
        ]),
      ),
    ),
  'ERSPAN type 1': (packet) =>
    ethernet(0x0800, ipv4(47, Buffer.concat([hex('0000 88be'), ethernet(0x0800, packet)]))),
  'ERSPAN type 2': (packet) =>
    ethernet(
      0x0800,
      ipv4(47, Buffer.concat([hex('1000 88be 00000001 1064 0001 00000000'), ethernet(0x0800, packet)])),
    ),
  'ERSPAN type 3': (packet) =>
    ethernet(
      0x0800,
      ipv4(
        47,
        Buffer.concat([hex('1000 22eb 00000001 2064 0001 00000000 0000 0000'), ethernet(0x0800, packet)]),
      ),
    ),
  'IP in IP': (packet) => ethernet(0x0800, ipv4(4, packet)),
  'IPv4 in IPv6': (packet) => ethernet(0x86dd, ipv6(4, packet)),
  AH: (packet) =>
    ethernet(
      0x0800,
      ipv4(51, Buffer.concat([hex('04 04 0000 00000001 00000001'), Buffer.alloc(12), packet])),
    ),
  'AH over IPv6': (packet) =>
    ethernet(
      0x86dd,
      ipv6(51, Buffer.concat([hex('04 04 0000 00000001 00000001'), Buffer.alloc(12), packet])),
    ),
  'IPv6 options': (packet) => ethernet(0x86dd, ipv6(0, Buffer.concat([hex('04 00 01 04 00000000'), packet]))),
  VXLAN: (packet) =>
    ethernet(
      0x0800,
      ipv4(17, udp(5000, 4789, Buffer.concat([hex('08000000 00000100'), ethernet(0x0800, packet)]))),
    ),
  GENEVE: (packet) =>
    ethernet(
      0x0800,
      ipv4(
        17,
        udp(
          5000,
          6081,
          Buffer.concat([hex('02 00 6558 00000100 0102800100000000'), ethernet(0x0800, packet)]),
        ),
      ),
    ),
  'GENEVE with IP': (packet) =>
    ethernet(0x0800, ipv4(17, udp(5000, 6081, Buffer.concat([hex('00 00 0800 00000100'), packet])))),
  'GTP-U': (packet) =>
    ethernet(
      0x0800,
      ipv4(17, udp(2152, 2152, Buffer.concat([hex('30 ff'), u16(packet.length), hex('00000001'), packet]))),
    ),
  'GTP-U with an extension header': (packet) =>
    ethernet(
      0x0800,
      ipv4(
        17,
        udp(
          2152,
          2152,
          Buffer.concat([hex('34 ff'), u16(packet.length + 8), hex('00000001 00000085 01100900'), packet]),
        ),
      ),
    ),
  L2TP: (packet) =>
    ethernet(0x0800, ipv4(17, udp(1701, 1701, Buffer.concat([hex('0002 0001 0002 ff03 0021'), packet])))),
  'MPLS over UDP': (packet) =>
    ethernet(0x0800, ipv4(17, udp(50_000, 6635, Buffer.concat([hex('00002140'), packet])))),
  CAPWAP: (packet) =>
    ethernet(
      0x0800,
      ipv4(17, udp(5000, 5247, Buffer.concat([hex('00 10 02 00 00000000'), ethernet(0x0800, packet)]))),
    ),
};

/** Ways in which an IPv6 packet is carried over Ethernet. */
const SIX_OVER_ETHERNET: Record<string, (packet: Buffer) => Buffer> = {
  IPv6: (packet) => ethernet(0x86dd, packet),
  '6in4': (packet) => ethernet(0x0800, ipv4(41, packet)),
  'IPv6 in IPv6': (packet) => ethernet(0x86dd, ipv6(41, packet)),
  'GRE with IPv6': (packet) => ethernet(0x0800, ipv4(47, Buffer.concat([hex('0000 86dd'), packet]))),
  Teredo: (packet) => ethernet(0x0800, ipv4(17, udp(3544, 3544, packet))),
  'PPPoE with IPv6': (packet) =>
    ethernet(0x8864, Buffer.concat([hex('1100 0001'), u16(packet.length + 2), hex('0057'), packet])),
};

const DATA_FRAME = '0801 0000 020000000001 020000000002 020000000003 0000';
const SNAP = 'aaaa03000000 0800';

/** Other link types, by their numbers. */
const LINKS: Record<string, [number, (packet: Buffer) => Buffer]> = {
  loopback: [0, (packet) => Buffer.concat([hex('02000000'), packet])],
  'loopback, big-endian': [108, (packet) => Buffer.concat([hex('00000002'), packet])],
  PPP: [9, (packet) => Buffer.concat([hex('0021'), packet])],
  'PPP with address and control': [9, (packet) => Buffer.concat([hex('ff03 0021'), packet])],
  'PPP in HDLC framing': [50, (packet) => Buffer.concat([hex('ff03 0021'), packet])],
  'Cisco HDLC': [104, (packet) => Buffer.concat([hex('0f00 0800'), packet])],
  'Frame Relay': [107, (packet) => Buffer.concat([hex('0821 03cc'), packet])],
  'Frame Relay with SNAP': [107, (packet) => Buffer.concat([hex('0c31 0300 80 000000 0800'), packet])],
  'raw IP': [101, (packet) => packet],
  'raw IPv4': [228, (packet) => packet],
  'Linux cooked': [113, (packet) => Buffer.concat([hex('0000 0001 0006 020000000001 0000 0800'), packet])],
  'Linux cooked with VLAN': [
    113,
    (packet) => Buffer.concat([hex('0000 0001 0006 020000000001 0000 8100 0064 0800'), packet]),
  ],
  'Linux cooked 2': [
    276,
    (packet) => Buffer.concat([hex('0800 0000 00000001 0001 00 06 0200000000010000'), packet]),
  ],
  '802.11': [105, (packet) => Buffer.concat([hex(DATA_FRAME), hex(SNAP), packet])],
  '802.11 with QoS': [
    105,
    (packet) => Buffer.concat([hex(DATA_FRAME.replace('0801', '8801')), hex('0000'), hex(SNAP), packet]),
  ],
  radiotap: [127, (packet) => Buffer.concat([hex('0000 0800 00000000'), hex(DATA_FRAME), hex(SNAP), packet])],
  'radiotap with check sequence': [
    127,
    (packet) =>
      Buffer.concat([hex('0000 0900 02000000 10'), hex(DATA_FRAME), hex(SNAP), packet, Buffer.alloc(4)]),
  ],
  'radiotap with padding': [
    127,
    (packet) =>
      Buffer.concat([
        hex('0000 0900 02000000 20'),
        hex(DATA_FRAME.replace('0801', '8801')),
        hex('0000 0000'),
        hex(SNAP),
        packet,
      ]),
  ],
  PPI: [192, (packet) => Buffer.concat([hex('00 00 0800 69000000'), hex(DATA_FRAME), hex(SNAP), packet])],
  'PPI with Ethernet': [
    192,
    (packet) => Buffer.concat([hex('00 00 0800 01000000'), ethernet(0x0800, packet)]),
  ],
  Prism: [
    119,
    (packet) =>
      Buffer.concat([hex('44000000 90000000'), Buffer.alloc(136), hex(DATA_FRAME), hex(SNAP), packet]),
  ],
  AVS: [
    163,
    (packet) =>
      Buffer.concat([hex('80211001 00000040'), Buffer.alloc(56), hex(DATA_FRAME), hex(SNAP), packet]),
  ],
  'OpenBSD enc': [109, (packet) => Buffer.concat([hex('02000000 00000000 00000000'), packet])],
  'OpenBSD pflog': [117, (packet) => Buffer.concat([hex('3d 02 00 00'), Buffer.alloc(60), packet])],
  NFLOG: [
    239,
    (packet) => {
      const size = Buffer.alloc(2);
      size.writeUInt16LE(packet.length + 4);
      return Buffer.concat([hex('02 00 0000 0500 0a00 6100'), hex('0000'), size, hex('0900'), packet]);
    },
  ],
};

/** Each encapsulation with what it carries, numbered so that all conversations differ. */
export function encapsulated(): Encapsulated[] {
  const all: Encapsulated[] = [];
  let number = 0;
  const put = (name: string, linkType: number, packets: Buffer[], wrap: (packet: Buffer) => Buffer): void => {
    for (const packet of packets) all.push({ name, linkType, data: wrap(packet) });
    number += 1;
  };
  for (const [name, wrap] of Object.entries(OVER_ETHERNET)) put(name, ETHERNET, inner4(number), wrap);
  for (const [name, wrap] of Object.entries(SIX_OVER_ETHERNET)) put(name, ETHERNET, inner6(number), wrap);
  for (const [name, [linkType, wrap]] of Object.entries(LINKS)) put(name, linkType, inner4(number), wrap);
  return all;
}

/** Datagrams in fragments: in order, reversed, twice, overlapping, with a hole, inside a tunnel, and of both versions. */
export function fragmented(): Encapsulated[] {
  const all: Encapsulated[] = [];
  const put = (name: string, type: number, packets: Buffer[]): void => {
    for (const packet of packets) all.push({ name, linkType: ETHERNET, data: ethernet(type, packet) });
  };
  const [datagram = hex(''), segment = hex('')] = inner4(500);
  put('in order', 0x0800, fragments4(datagram, 16, 1));
  put('reversed', 0x0800, fragments4(datagram, 16, 2).toReversed());
  put('TCP', 0x0800, fragments4(segment, 24, 3));
  put('twice', 0x0800, [...fragments4(datagram, 16, 4), ...fragments4(datagram, 16, 4)]);
  put('with a hole', 0x0800, fragments4(datagram, 8, 5).toSpliced(2, 1));
  put('overlapping', 0x0800, [
    ...fragments4(datagram, 16, 6).slice(0, 2),
    ...fragments4(datagram, 8, 6).slice(3),
  ]);
  put(
    'mixed',
    0x0800,
    fragments4(datagram, 16, 7).flatMap((piece, index) => [
      piece,
      fragments4(segment, 16, 8)[index] ?? piece,
    ]),
  );
  put(
    'in GRE',
    0x0800,
    fragments4(datagram, 16, 9).map((piece) => ipv4(47, Buffer.concat([hex('0000 0800'), piece]))),
  );
  put('GRE in fragments', 0x0800, fragments4(ipv4(47, Buffer.concat([hex('0000 0800'), datagram])), 24, 10));
  put(
    'both',
    0x0800,
    fragments4(datagram, 24, 11).flatMap((piece, index) =>
      fragments4(ipv4(47, Buffer.concat([hex('0000 0800'), piece])), 32, 12 + index),
    ),
  );
  const [datagram6 = hex(''), segment6 = hex('')] = inner6(501);
  put('IPv6', 0x86dd, fragments6(datagram6, 16, 1));
  put('IPv6 reversed', 0x86dd, fragments6(segment6, 16, 2).toReversed());
  put('IPv6 atomic', 0x86dd, fragments6(datagram6, 1024, 3));
  const cut = fragments4(datagram, 32, 20);
  for (const piece of cut)
    all.push({
      name: 'cut by the snap length',
      linkType: ETHERNET,
      data: ethernet(0x0800, piece).subarray(0, 62),
      wireLength: 66,
    });
  return all;
}
