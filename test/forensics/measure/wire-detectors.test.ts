import { describe, expect, it } from 'vitest';
import { repeat } from './packets.ts';
import { expectFound, kindsFound, type Expected } from './wire-check.ts';
import { icmp, ipv4, paced, tcp, udp, type Ends, type WirePacket } from './wire.ts';

const A = '10.1.0.1';
const B = '10.2.0.2';
const up = { from: A, to: B };
const down = { from: B, to: A };
/** A hop by hop question, and who answers: a router, nobody, or the target. */
const hop = (ttl: number, answers: 'router' | 'nobody' | 'target'): Buffer[] =>
  repeat(3, (n) => {
    const sequence = ttl * 3 + n;
    const question = icmp({ ...up, ttl }, { type: 8, sequence });
    if (answers === 'nobody') return [question];
    if (answers === 'target') return [question, icmp(down, { type: 0, sequence })];
    return [question, icmp({ from: `10.9.0.${ttl}`, to: A }, { type: 11, body: question.subarray(0, 28) })];
  }).flat();

const query = (n: number): Buffer => {
  const label = `n${String(n).padStart(5, '0')}`;
  const head = Buffer.from([n >> 8, n & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, label.length]);
  return Buffer.concat([head, Buffer.from(label), Buffer.from([3, 0x63, 0x6f, 0x6d, 0, 0, 1, 0, 1])]);
};

const bgp: Ends = { ...up, source: 30_000, target: 179 };
const NOTIFICATION = Buffer.concat([Buffer.alloc(16, 0xff), Buffer.from([0, 21, 3, 6, 2])]);

/** Packets; what must be found: kind, severity, count; and whether the filter matches exactly as many frames. */
const found: [string, WirePacket[], Expected, boolean][] = [
  [
    'a flood of pings',
    paced(
      0.002,
      repeat(400, (n) => icmp(up, { type: 8, sequence: n })),
    ),
    ['icmp_flood', 'high', 400],
    true,
  ],
  [
    'a flood of datagrams from forged addresses',
    paced(
      0.001,
      repeat(900, (n) =>
        udp({ from: `172.16.${n >> 6}.${n & 63}`, to: B, source: 1000 + n, target: 9999 }, 'xxxxxxxx'),
      ),
    ),
    ['udp_flood', 'high', 900],
    true,
  ],
  [
    'a flood of DNS queries',
    paced(
      0.002,
      repeat(600, (n) => udp({ ...up, source: 20_000 + n, target: 53 }, query(n))),
    ),
    ['dns_flood', 'high', 600],
    true,
  ],
  [
    'answers that nobody asked for',
    paced(
      0.01,
      repeat(60, (n) =>
        udp({ from: `10.3.0.${n % 20}`, to: B, source: 11_211, target: 4444 }, Buffer.alloc(1300, 0x41)),
      ),
    ),
    ['amplification', 'high', 60],
    true,
  ],
  [
    'fragments that never become packets',
    paced(
      0.01,
      repeat(600, (n) =>
        ipv4({ ...up, protocol: 17, id: n + 1, fragment: 0x2000, payload: Buffer.alloc(64, 1) }),
      ),
    ),
    ['fragment_flood', 'high', 600],
    true,
  ],
  [
    'fragments that overlap (teardrop)',
    paced(
      0.01,
      repeat(1, (n) => [
        ipv4({ ...up, protocol: 17, id: 7 + n, fragment: 0x2000, payload: Buffer.alloc(56, 1) }),
        ipv4({ ...up, protocol: 17, id: 7 + n, fragment: 3, payload: Buffer.alloc(8, 2) }),
      ]).flat(),
    ),
    ['fragment_flood', 'high', 2],
    true,
  ],
  [
    'a traceroute through a silent router',
    paced(0.05, [
      ...hop(1, 'router'),
      ...hop(2, 'router'),
      ...hop(3, 'nobody'),
      ...hop(4, 'router'),
      ...hop(5, 'target'),
    ]),
    ['traceroute_loss', 'low', 3],
    true,
  ],
  [
    'a traceroute that never arrives',
    paced(0.05, [...hop(1, 'router'), ...repeat(6, (n) => hop(n + 2, 'nobody')).flat()]),
    ['traceroute_loss', 'medium', 18],
    true,
  ],
  [
    'pings of which some are lost',
    paced(
      0.5,
      repeat(20, (n) => [
        icmp(up, { type: 8, sequence: n }),
        ...(n % 5 === 2 ? [] : [icmp(down, { type: 0, sequence: n })]),
      ]).flat(),
    ),
    ['packet_loss', 'medium', 4],
    true,
  ],
  [
    'a BGP session that one side closes',
    paced(0.1, [
      tcp(bgp, { flags: 0x002 }),
      tcp({ ...down, source: 179, target: 30_000 }, { flags: 0x012, acknowledgement: 2 }),
      tcp(bgp, { flags: 0x010, sequence: 2, acknowledgement: 2 }),
      tcp(bgp, { flags: 0x018, sequence: 2, acknowledgement: 2 }, NOTIFICATION),
    ]),
    ['bgp_session_reset', 'high', 1],
    true,
  ],
  [
    'a scan of IP protocols',
    paced(
      0.01,
      repeat(120, (n) => ipv4({ ...up, protocol: 130 + n })),
    ),
    ['ip_protocol_scan', 'high', 120],
    true,
  ],
  [
    'the refusals of a scan of IP protocols',
    paced(
      0.01,
      repeat(40, (n) =>
        icmp(down, { type: 3, code: 2, body: ipv4({ ...up, protocol: 130 + n, payload: Buffer.alloc(8) }) }),
      ),
    ),
    ['ip_protocol_scan', 'high', 40],
    true,
  ],
  [
    'the tests of Nmap that tell operating systems apart',
    paced(0.1, [
      tcp({ ...up, source: 40_000, target: 80 }, { flags: 0x8c2, window: 3 }),
      tcp({ ...up, source: 40_001, target: 80 }, { flags: 0x000, window: 128 }),
      tcp({ ...up, source: 40_002, target: 80 }, { flags: 0x02b, window: 256 }),
      tcp({ ...up, source: 40_003, target: 1 }, { flags: 0x002, window: 31_337 }),
      tcp({ ...up, source: 40_004, target: 1 }, { flags: 0x029, window: 65_535 }),
      icmp(up, { type: 8, code: 9, sequence: 295 }),
    ]),
    ['os_fingerprinting', 'high', 6],
    true,
  ],
  [
    'a scan of UDP ports',
    paced(
      0.05,
      repeat(40, (n) => {
        const probe = udp({ ...up, source: 45_000, target: 100 + n });
        return [probe, icmp(down, { type: 3, code: 3, body: probe })];
      }).flat(),
    ),
    ['port_scan', 'high', 40],
    true,
  ],
  [
    'an ACK scan',
    paced(
      0.02,
      repeat(30, (n) => [
        tcp({ ...up, source: 45_000, target: 100 + n }, { flags: 0x010 }),
        tcp({ ...down, source: 100 + n, target: 45_000 }, { flags: 0x004 }),
      ]).flat(),
    ),
    ['port_scan', 'high', 30],
    true,
  ],
];

/** A datagram in three fragments. */
const pieces = (n: number): Buffer[] => [
  ipv4({ ...up, protocol: 17, id: n, fragment: 0x2000, payload: Buffer.alloc(1480, 1) }),
  ipv4({ ...up, protocol: 17, id: n, fragment: 0x20b9, payload: Buffer.alloc(1480, 2) }),
  ipv4({ ...up, protocol: 17, id: n, fragment: 0x0172, payload: Buffer.alloc(500, 3) }),
];

it('takes fragments that can be put together for what they are', { timeout: 60_000 }, async () => {
  expect(await kindsFound(paced(0.01, repeat(60, pieces).flat()))).toEqual([]);
});

describe('the detectors, from packets through tshark', () => {
  it.for(found)(
    'find %s, with evidence that tshark confirms',
    { timeout: 60_000 },
    ([, packets, expected, exact]) => expectFound(packets, expected, exact),
  );
});
