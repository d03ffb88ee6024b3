import { describe, it } from 'vitest';
import { repeat } from './packets.ts';
import { expectFound, type Expected } from './wire-check.ts';
import { paced, START, udp, type Ends, type WirePacket } from './wire.ts';

const A = '10.1.0.1';
const B = '10.2.0.2';
const up = { from: A, to: B };
const down = { from: B, to: A };

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

/** Packets; what must be found; and whether the filter matches exactly as many frames. */
const found: [string, WirePacket[], Expected, boolean][] = [
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
    ['rtp_quality', 'medium', null],
    false,
  ],
  [
    'a call in which one side is silent',
    talk(() => true).filter(({ bytes }) => bytes.length !== 200 || (bytes[12] === 10 && bytes[13] === 1)),
    ['one_way_audio', 'high', 400],
    true,
  ],
];

describe('the detectors of telephony, from packets through tshark', () => {
  it.for(found)(
    'find %s, with evidence that tshark confirms',
    { timeout: 60_000 },
    ([, packets, expected, exact]) => expectFound(packets, expected, exact),
  );
});
