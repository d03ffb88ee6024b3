import { describe, expect, it } from 'vitest';
import {
  ACK,
  CLIENT,
  findingsOf,
  handshake,
  http,
  MAC_A,
  MAC_B,
  repeat,
  RST_ACK,
  SERVER,
  SYN,
  tcp,
  type FrameFields,
} from './packets.ts';

const at = (seconds: number): FrameFields => ({ 'frame.time_epoch': (1000 + seconds).toFixed(6) });
const datagram = (n: number, fields: FrameFields = {}): FrameFields => ({
  'frame.protocols': 'eth:ethertype:ip:udp:data',
  'ip.src': CLIENT,
  'ip.dst': SERVER,
  'udp.stream': String(n),
  'udp.srcport': '50000',
  'udp.dstport': '1434',
  ...fields,
});
const icmp6 = (type: number, mac: string, source: string, fields: FrameFields = {}): FrameFields => ({
  'frame.protocols': 'eth:ethertype:ipv6:icmpv6',
  'eth.src': mac,
  'ipv6.src': source,
  'ipv6.dst': 'ff02::1',
  'icmpv6.type': String(type),
  ...fields,
});
const router = (mac: string, source: string, prefix: string, preference = '0'): FrameFields =>
  icmp6(134, mac, source, {
    'icmpv6.opt.prefix': prefix,
    'icmpv6.nd.ra.flag.prf': preference,
    'icmpv6.nd.ra.router_lifetime': '1800',
  });
const claim = (mac: string, ip: string): FrameFields =>
  icmp6(136, mac, ip, { 'icmpv6.nd.na.target_address': ip });
const media = (n: number, skipped = 0): FrameFields => {
  const bytes = Buffer.alloc(172, 0x7f);
  bytes.writeUInt8(0x80, 0);
  bytes.writeUInt8(0, 1);
  bytes.writeUInt16BE(n + skipped, 2);
  bytes.writeUInt32BE((n + skipped) * 160, 4);
  bytes.writeUInt32BE(0xcafe0001, 8);
  return datagram(0, {
    'udp.srcport': '16000',
    'udp.dstport': '17000',
    'udp.payload': bytes.toString('hex'),
    ...at(n * 0.02),
  });
};
const ping = (n: number, content: number): FrameFields => ({
  'frame.protocols': 'eth:ethertype:ip:icmp:data',
  'ip.src': CLIENT,
  'ip.dst': SERVER,
  'icmp.type': '8',
  'icmp.code': '0',
  'icmp.seq': String(n),
  'data.len': '400',
  'data.data': Buffer.from(
    repeat(400, (i) => (i * 37 + content * (i + 11) * 13 + ((i * i * content) >> 3)) & 0xff),
  ).toString('hex'),
});
const login = (n: number): FrameFields =>
  http('up', {
    'http.request.method': 'POST',
    'http.request.uri': '/login',
    'urlencoded-form.key': 'user\u001epassword',
    ...at(n),
  });

/** The shapes that problems take elsewhere than in the book, and what must be found: kind, severity, count. */
const found: [string, FrameFields[], [string, string, number]][] = [
  [
    'six ports of each of many hosts',
    repeat(30, (host) =>
      repeat(8, (n) => ({
        ...tcp(SYN, { stream: `${host * 8 + n}`, port: `${n + 20}` }),
        'ip.dst': `10.0.7.${host + 1}`,
      })),
    ).flat(),
    ['host_sweep', 'medium', 240],
  ],
  [
    'a worm that knocks on one UDP port of everybody',
    repeat(40, (n) => datagram(n, { 'ip.dst': `198.18.0.${n + 1}`, ...at(n * 0.01) })),
    ['host_sweep', 'medium', 40],
  ],
  [
    'a flood of SYNs with forged senders, cut short',
    repeat(120, (n) => ({
      ...tcp(SYN, { stream: `${n}`, port: '80' }),
      'ip.src': `172.16.${n}.9`,
      ...at(n * 0.002),
    })),
    ['syn_flood', 'high', 120],
  ],
  [
    'a flood of datagrams in a capture of a tenth of a second',
    repeat(150, (n) => datagram(0, { 'udp.dstport': '80', ...at(n * 0.0005) })),
    ['udp_flood', 'medium', 150],
  ],
  [
    'datagrams that the capture point saw twice',
    repeat(20, (n) => [
      datagram(n, { 'udp.dstport': '53', 'udp.checksum': `0x${1000 + n}`, 'ip.id': `${n + 1}`, ...at(n) }),
      datagram(n, {
        'udp.dstport': '53',
        'udp.checksum': `0x${1000 + n}`,
        'ip.id': `${n + 1}`,
        ...at(n + 0.0005),
      }),
    ]).flat(),
    ['duplicate_frames', 'info', 20],
  ],
  [
    'a server that slams what it opened',
    [...handshake(), { ...tcp(RST_ACK, { way: 'down' }), ...at(2.1) }],
    ['tcp_reset', 'medium', 1],
  ],
  [
    'a second router with a network of its own, on a card that had asked for one',
    [
      router(MAC_A, 'fe80::a', '2001:db8:1::'),
      icmp6(133, MAC_B, 'fe80::b'),
      router(MAC_B, 'fe80::b', '2001:db8:bad::'),
    ],
    ['ipv6_rogue_ra', 'medium', 1],
  ],
  [
    'an IPv6 address that two cards claim in turn',
    [
      ...repeat(2, () => claim(MAC_A, 'fe80::a')),
      ...repeat(6, () => claim(MAC_B, 'fe80::a')),
      claim(MAC_A, 'fe80::a'),
    ],
    ['arp_spoofing', 'high', 6],
  ],
  [
    'speech that no signalling announced, with holes',
    [...repeat(100, (n) => media(n)), ...repeat(100, (n) => media(n + 100, 20))],
    ['rtp_loss', 'high', 20],
  ],
  ['long pings, each filled anew', repeat(8, (n) => ping(n, n * 7 + 3)), ['icmp_tunnel', 'high', 8]],
  [
    'credentials that a web server refused',
    [
      http('up', {
        'http.request.method': 'GET',
        'http.request.uri': '/',
        'http.authorization': 'Basic YTpi',
        'http.authbasic': 'a:b',
      }),
      http('down', { 'http.response.code': '401' }),
    ],
    ['auth_failure', 'medium', 1],
  ],
  ['passwords poured into a form', repeat(25, login), ['brute_force', 'high', 25]],
  [
    'a server that answers with errors only',
    [http('down', { 'http.response.code': '503' })],
    ['http_error', 'medium', 1],
  ],
  [
    'a flood of requests for IPv6 addresses',
    repeat(150, (n) => ({
      'frame.protocols': 'eth:ethertype:ipv6:udp:dhcpv6',
      'ipv6.src': `fe80::${n + 1}`,
      'ipv6.dst': 'ff02::1:2',
      'dhcpv6.msgtype': '1',
      ...at(n * 0.01),
    })),
    ['dhcp_flood', 'high', 150],
  ],
];

const quiet: [string, FrameFields[], string][] = [
  [
    'questions that a client asks again after a second',
    repeat(20, (n) => [
      datagram(n, { 'udp.dstport': '53', 'udp.checksum': `0x${1000 + n}`, 'ip.id': `${n + 1}`, ...at(n) }),
      datagram(n, {
        'udp.dstport': '53',
        'udp.checksum': `0x${1000 + n}`,
        'ip.id': `${n + 90}`,
        ...at(n + 0.9),
      }),
    ]).flat(),
    'duplicate_frames',
  ],
  [
    'look-ups at many name servers that answer',
    repeat(40, (n) => [
      datagram(n, { 'ip.dst': `198.18.0.${n + 1}`, 'udp.dstport': '53' }),
      datagram(n, {
        'ip.src': `198.18.0.${n + 1}`,
        'ip.dst': CLIENT,
        'udp.srcport': '53',
        'udp.dstport': '50000',
      }),
    ]).flat(),
    'host_sweep',
  ],
  [
    'peers of a file sharing program',
    repeat(40, (n) => datagram(n, { 'ip.dst': `198.18.0.${n + 1}`, 'udp.dstport': '6881' })),
    'host_sweep',
  ],
  [
    'a connection in reserve that the server gives up later',
    [...handshake(), { ...tcp(RST_ACK, { way: 'down' }), ...at(60) }],
    'tcp_reset',
  ],
  [
    'two routers of one network',
    [router(MAC_A, 'fe80::a', '2001:db8:1::'), router(MAC_B, 'fe80::b', '2001:db8:1::')],
    'ipv6_rogue_ra',
  ],
  ['pings that are long and all alike', repeat(30, (n) => ping(n, 3)), 'icmp_tunnel'],
  [
    'datagrams that begin like speech by chance',
    repeat(120, (n) =>
      datagram(0, {
        'udp.srcport': '16000',
        'udp.dstport': '17000',
        'udp.payload': `80${((n * 7919) & 0x1f).toString(16).padStart(2, '0')}${((n * 40_503) & 0xffff).toString(16).padStart(4, '0')}00000000cafe0001`,
      }),
    ),
    'rtp_loss',
  ],
  [
    'a login that is asked for and then given',
    [
      http('up', { 'http.request.method': 'GET', 'http.request.uri': '/' }),
      http('down', { 'http.response.code': '401' }),
      http('up', {
        'http.request.method': 'GET',
        'http.request.uri': '/',
        'http.authorization': 'Digest username="a"',
      }),
      http('down', { 'http.response.code': '200' }),
    ],
    'auth_failure',
  ],
  ['a person who logs in', repeat(2, (n) => login(n * 60)), 'brute_force'],
  ['a segment without a connection', [tcp(ACK, { 'tcp.len': '5' })], 'tcp_reset'],
];

describe('problems in the shapes of other captures', () => {
  it.each(found)('are found: %s', (_, frames, [kind, severity, count]) => {
    const finding = findingsOf(frames).find((one) => one.kind === kind);

    expect(finding).toMatchObject({ kind, severity, count });
  });

  it.each(quiet)('are not seen in %s', (_, frames, kind) => {
    expect(findingsOf(frames).filter((finding) => finding.kind === kind)).toEqual([]);
  });
});
