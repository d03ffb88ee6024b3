import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureWithoutTools } from '../../../src/forensics/measure/own-reader.ts';
import { repeat } from './packets.ts';
import { checkEvidence, measureFile } from './tshark.ts';
import { icmp, ipv4, pcapOf, tcp, udp, type Ends, type WirePacket } from './wire.ts';

const A = '10.1.0.1';
const B = '10.2.0.2';
const up = { from: A, to: B };
const down = { from: B, to: A };
const START = 1_700_000_000;

/** Packets at even distances, in seconds. */
const paced = (step: number, packets: readonly Buffer[]): WirePacket[] =>
  packets.map((bytes, index) => ({ at: START + index * step, bytes }));

const sipUp: Ends = { ...up, source: 5060, target: 5060 };
const sipDown: Ends = { ...down, source: 5060, target: 5060 };

function sip(first: string, headers: readonly string[], body = ''): string {
  const all = [
    first,
    'Via: SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bK1',
    ...headers,
    `Content-Length: ${body.length}`,
  ];
  return `${all.join('\r\n')}\r\n\r\n${body}`;
}
const dialogue = (call: string, user: string, cseq: string): string[] => [
  `From: <sip:${user}@10.2.0.2>;tag=1`,
  `To: <sip:${user}@10.2.0.2>`,
  `Call-ID: ${call}`,
  `CSeq: ${cseq}`,
];
const CREDENTIALS =
  'Authorization: Digest username="100", realm="r", nonce="n", uri="sip:10.2.0.2", response="0123456789abcdef0123456789abcdef"';

/** One try to register that is challenged, answered, and refused. */
const refusedRegistration = (n: number): Buffer[] => [
  udp(sipUp, sip('REGISTER sip:10.2.0.2 SIP/2.0', dialogue(`c${n}`, '100', `${2 * n + 1} REGISTER`))),
  udp(sipDown, sip('SIP/2.0 401 Unauthorized', dialogue(`c${n}`, '100', `${2 * n + 1} REGISTER`))),
  udp(
    sipUp,
    sip('REGISTER sip:10.2.0.2 SIP/2.0', [...dialogue(`c${n}`, '100', `${2 * n + 2} REGISTER`), CREDENTIALS]),
  ),
  udp(sipDown, sip('SIP/2.0 403 Forbidden', dialogue(`c${n}`, '100', `${2 * n + 2} REGISTER`))),
];

const sdp = (address: string, port: number): string =>
  `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n`;
const SDP = 'Content-Type: application/sdp';
const call: Buffer[] = [
  udp(
    sipUp,
    sip('INVITE sip:200@10.2.0.2 SIP/2.0', [...dialogue('call', '200', '1 INVITE'), SDP], sdp(A, 4000)),
  ),
  udp(sipDown, sip('SIP/2.0 200 OK', [...dialogue('call', '200', '1 INVITE'), SDP], sdp(B, 5000))),
];

function rtp(ends: Ends, sequence: number): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(0x8000, 0);
  header.writeUInt16BE(sequence, 2);
  header.writeUInt32BE(sequence * 160, 4);
  header.writeUInt32BE(0x1234, 8);
  return udp(ends, Buffer.concat([header, Buffer.alloc(160, 0x55)]));
}
const rtpUp: Ends = { ...up, source: 4000, target: 5000 };
const rtpDown: Ends = { ...down, source: 5000, target: 4000 };
const talk = (keep: (n: number) => boolean, delay: (n: number) => number = () => 0): WirePacket[] => [
  ...paced(0.01, call),
  ...repeat(400, (n) => [
    { at: START + 1 + n * 0.02 + delay(n), bytes: rtp(rtpUp, n) },
    { at: START + 1.001 + n * 0.02, bytes: rtp(rtpDown, n + 500) },
  ])
    .flat()
    .filter((_, n) => n % 2 === 1 || keep(n / 2))
    .toSorted((a, b) => a.at - b.at),
];

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
const found: [string, WirePacket[], [string, string, number], boolean][] = [
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
      repeat(3, (n) => [
        ipv4({ ...up, protocol: 17, id: 7 + n, fragment: 0x2000, payload: Buffer.alloc(56, 1) }),
        ipv4({ ...up, protocol: 17, id: 7 + n, fragment: 3, payload: Buffer.alloc(8, 2) }),
      ]).flat(),
    ),
    ['fragment_flood', 'high', 6],
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
  ['SIP credentials refused', paced(0.1, refusedRegistration(1)), ['voip_auth_failure', 'medium', 1], true],
  [
    'SIP passwords guessed',
    paced(0.1, repeat(25, refusedRegistration).flat()),
    ['brute_force', 'high', 25],
    false,
  ],
  [
    'SIP users tried one after the other',
    paced(
      0.05,
      repeat(30, (n) => [
        udp(sipUp, sip('REGISTER sip:10.2.0.2 SIP/2.0', dialogue(`c${n}`, `${100 + n}`, '1 REGISTER'))),
        udp(sipDown, sip('SIP/2.0 404 Not Found', dialogue(`c${n}`, `${100 + n}`, '1 REGISTER'))),
      ]).flat(),
    ),
    ['voip_scan', 'high', 30],
    true,
  ],
  [
    'a SIP scanner that gives its name',
    paced(1, [
      udp(
        sipUp,
        sip('OPTIONS sip:100@10.2.0.2 SIP/2.0', [
          ...dialogue('c', '100', '1 OPTIONS'),
          'User-Agent: friendly-scanner',
        ]),
      ),
    ]),
    ['voip_scan', 'high', 1],
    true,
  ],
  ['lost speech', talk((n) => n % 20 !== 7), ['rtp_loss', 'high', 20], false],
  [
    'uneven speech',
    talk(
      () => true,
      (n) => (n % 2) * 0.08,
    ),
    ['rtp_quality', 'medium', 0],
    false,
  ],
  [
    'a call in which one side is silent',
    talk(() => true).filter(({ bytes }) => bytes.length !== 200 || (bytes[12] === 10 && bytes[13] === 1)),
    ['one_way_audio', 'high', 400],
    true,
  ],
];

describe('the detectors, from packets through tshark', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'capwright-wire-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(found)(
    'find %s, with evidence that tshark confirms',
    async (name, packets, [kind, severity, count], exact) => {
      const path = join(folder, `${name.replaceAll(/\W/g, '-')}.pcap`);
      const data = pcapOf(packets);
      writeFileSync(path, data);

      const { findings } = await measureFile(path);
      const own = await measureOwn(data);

      const finding = findings.find((candidate) => candidate.kind === kind);
      expect(finding).toMatchObject({ kind, severity });
      if (count > 0) expect(finding?.count).toBe(count);
      const checked = await checkEvidence(path, findings);
      expect(checked.flatMap(({ faults }) => faults)).toEqual([]);
      if (exact) expect(checked.find((one) => one.finding === finding)?.matched).toBe(count);
      const kinds = new Set(findings.map((one) => one.kind));
      expect(own.map((one) => one.kind).filter((one) => !kinds.has(one))).toEqual([]);
    },
  );
});

async function measureOwn(data: Buffer) {
  const sha256 = createHash('sha256').update(data).digest('hex');
  const file = { path: '/capture.pcap', bytes: data.length, sha256, format: 'pcap' as const };
  const { signal } = new AbortController();
  const { findings } = await measureWithoutTools(
    (async function* whole() {
      yield data;
    })(),
    { file, signal, onProgress: () => undefined },
  );
  return findings;
}
