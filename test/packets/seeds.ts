import { ethernet, hex, ipv4, ipv6, tcp, u16, udp } from './build.ts';
import { describe, enhanced, pcap, section, statistics } from './files.ts';

const segments = (source: number, target: number, text: Buffer | string): Buffer[] => {
  const bytes = Buffer.from(text);
  const half = Math.ceil(bytes.length / 2);
  return [
    ethernet(0x0800, ipv4(6, tcp(source, target, 1000, bytes.subarray(0, half)))),
    ethernet(0x0800, ipv4(6, tcp(source, target, 1000 + half, bytes.subarray(half)))),
  ];
};

const DNS_QUERY = hex('1234 0100 0001 0000 0000 0000 03777777 07657861 6d706c65 03636f6d 00 0001 0001');
const DHCP = Buffer.concat([
  hex('01010600'),
  Buffer.alloc(232, 1),
  hex('63825363 350101 3d0701020000000001 ff'),
]);
const CLIENT_HELLO = hex(
  '16030100 37 01 000033 0303' + '11'.repeat(32) + '00 0002 1301 0100 0008 002b 0003 02 0304 ff01',
);
const SERVER_FLIGHT = hex(
  '16030300 2a 02 000026 0303' +
    '22'.repeat(32) +
    '00 1301 00' +
    '15030300 02 0228' +
    '1603030008 0b000004 00000100',
);
const QUOTE = ipv4(17, udp(5000, 53, DNS_QUERY.subarray(0, 8)));

const FRAMES: readonly Buffer[] = [
  ethernet(0x0800, ipv4(17, udp(5000, 53, DNS_QUERY))),
  ethernet(0x0800, ipv4(17, udp(68, 67, DHCP))),
  ethernet(0x0806, hex('0001 0800 06 04 0002 020000000001 0a000001 020000000002 0a000002')),
  ethernet(
    0x8100,
    Buffer.concat([hex('0064 8100 0065 86dd'), ipv6(0, hex('3a00 0104 0000 0000 8000 0000 0001 0001'))]),
  ),
  ethernet(0x86dd, ipv6(44, hex('1100 0001 00000001 aabbccdd'))),
  ethernet(0x0800, ipv4(1, Buffer.concat([hex('0301 0000 00000000'), QUOTE]))),
  ethernet(0x0800, ipv4(47, Buffer.concat([hex('2000 0800 00000001'), QUOTE]))),
  ethernet(
    0x0800,
    ipv4(
      17,
      udp(
        5000,
        4789,
        Buffer.concat([hex('08000000 00000100'), ethernet(0x86dd, ipv6(17, udp(1, 2, QUOTE)))]),
      ),
    ),
  ),
  ethernet(0x8847, Buffer.concat([hex('00001000 00002100'), QUOTE])),
  ethernet(0x8864, Buffer.concat([hex('1100 0001 0040 0021'), QUOTE])),
  ethernet(0x0800, ipv4(17, udp(1985, 1985, hex('0000 10 03 0a 64 00 00 636973636f000000 0a000001')))),
  ethernet(0x0026, hex('4242 03 0000000000')),
  ...segments(
    4000,
    80,
    'POST /a HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\npass=a&b=',
  ),
  ...segments(80, 4000, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n'),
  ...segments(4001, 443, CLIENT_HELLO),
  ...segments(443, 4001, SERVER_FLIGHT),
  ...segments(4002, 21, 'USER bob\r\nPASS secret\r\n'),
  ...segments(4003, 25, 'AUTH LOGIN\r\nYQ==\r\nYg==\r\n'),
  ...segments(389, 4004, hex('300c 020101 6107 0a0131 0400 0400')),
  ...segments(502, 4005, hex('0001 0000 0003 01 83 02')),
  ...segments(4006, 53, Buffer.concat([u16(DNS_QUERY.length), DNS_QUERY])),
  ...segments(4007, 443, hex('802b 01 0002 0012 0000 0010' + '07'.repeat(34))),
];

const packets = FRAMES.map((data, index) => ({ data, seconds: 1000 + index }));
const sections = (little: boolean): Buffer =>
  Buffer.concat([
    section(little),
    describe(little, 1, [[9, Buffer.from([9])]]),
    ...FRAMES.slice(0, 6).map((data, index) =>
      enhanced(little, 0, BigInt(index) * 1_000_000n, data, data.length + 4),
    ),
    statistics(little, 0, 3),
  ]);
const cooked = Buffer.concat([hex('0000 0001 0006 020000000001 0000 0800'), QUOTE]);
const radiotap = Buffer.concat([
  hex('00000800 00000000 0801 0000'),
  Buffer.alloc(20, 2),
  hex('aaaa03000000 0800'),
  QUOTE,
]);

function inGroups<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

/** Small captures that reach every decoder: what the mutants are made from. */
export const SEEDS: readonly Uint8Array[] = [
  ...inGroups(packets, 6).map((group) => pcap(group)),
  pcap(packets.slice(0, 3), { little: false, nanoseconds: true }),
  sections(true),
  sections(false),
  pcap([{ data: cooked }], { linkType: 113 }),
  pcap([{ data: radiotap }], { linkType: 127 }),
  pcap([{ data: QUOTE }], { linkType: 101 }),
  pcap([{ data: Buffer.concat([hex('02000000'), QUOTE]) }], { linkType: 0 }),
];
