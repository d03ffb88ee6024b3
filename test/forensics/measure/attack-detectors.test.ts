import { describe, expect, it } from 'vitest';
import { ACK, CLIENT, dns, findingsOf, http, repeat, SERVER, tcp, tls, type FrameFields } from './packets.ts';

const echo = (type: string, length: number): FrameFields => ({
  'frame.protocols': 'eth:ethertype:ip:icmp:data',
  'ip.src': type === '8' ? CLIENT : SERVER,
  'ip.dst': type === '8' ? SERVER : CLIENT,
  'icmp.type': type,
  'icmp.code': '0',
  'data.len': String(length),
});
const advertisement = (mac: string, lifetime: string): FrameFields => ({
  'frame.protocols': 'eth:ethertype:ipv6:icmpv6',
  'eth.src': mac,
  'ipv6.src': 'fe80::1',
  'ipv6.dst': 'ff02::1',
  'icmpv6.type': '134',
  'icmpv6.code': '0',
  'icmpv6.nd.ra.router_lifetime': lifetime,
});
const certificate = (validity: string): FrameFields =>
  tls('down', { 'tls.handshake.type': '11', 'x509af.utcTime': validity });
const get = (uri: string): FrameFields =>
  http('up', { 'http.request.method': 'GET', 'http.request.uri': uri });
const longName = (n: number): FrameFields =>
  dns(n, '0x0100', {
    'dns.qry.name': `${String(n).repeat(12).slice(0, 12)}abcdefghijkl.t.example.com`,
    'dns.qry.type': '16',
  });
/** Test frames lie in the first hours of 1970. */
const EXPIRED = '1968-01-01 00:00:00 (UTC)\u001e1969-01-01 00:00:00 (UTC)';
const VALID = '1968-01-01 00:00:00 (UTC)\u001e1999-01-01 00:00:00 (UTC)';

/** Frames, and what must be found in them: kind, severity, count. */
const found: [string, FrameFields[], [string, string, number]][] = [
  ['an ICMP tunnel', repeat(30, (n) => echo(n % 2 === 0 ? '8' : '0', 80 + n)), ['icmp_tunnel', 'high', 30]],
  ['a DNS tunnel', repeat(30, (n) => [longName(n), dns(n, '0x8180')]).flat(), ['dns_tunnel', 'high', 30]],
  ['an expired certificate', [certificate(EXPIRED)], ['tls_cert_expired', 'medium', 1]],
  [
    'a router whose name another card takes',
    [advertisement('00:00:00:00:00:0a', '1800'), ...repeat(3, () => advertisement('00:00:00:00:00:0b', '0'))],
    ['ipv6_rogue_ra', 'high', 3],
  ],
  [
    'pings from a group address',
    repeat(12, () => ({
      'frame.protocols': 'eth:ethertype:ipv6:icmpv6',
      'ipv6.src': 'ff02::1',
      'ipv6.dst': 'ff02::1',
      'icmpv6.type': '128',
    })),
    ['amplification', 'high', 12],
  ],
  ['SQL injection', [get('/?id=1%27+and+1%3D1+union+select+null')], ['web_attack_sqli', 'high', 1]],
  ['cross-site scripting', [get('/?q=%3Cscript%3Ealert(1)%3C/script%3E')], ['web_attack_xss', 'high', 1]],
  ['path traversal', [get('/../../../../etc/passwd')], ['web_attack_traversal', 'high', 1]],
  [
    'probing of an industrial device',
    repeat(10, () =>
      tcp(ACK, {
        way: 'down',
        port: '502',
        'frame.protocols': 'eth:ip:tcp:mbtcp:modbus',
        'modbus.exception_code': '1',
      }),
    ),
    ['ics_exception', 'medium', 10],
  ],
  [
    'a web scan, told once and not as errors',
    repeat(120, (n) => [get(`/probe${n}`), http('down', { 'http.response.code': '404' })]).flat(),
    ['vuln_scan', 'high', 120],
  ],
];

describe('the detectors of attacks', () => {
  it.each(found)('find %s', (_, frames, [kind, severity, count]) => {
    const findings = findingsOf(frames).filter((finding) => finding.severity !== 'info');

    expect(findings.map((finding) => [finding.kind, finding.severity, finding.count])).toEqual([
      [kind, severity, count],
    ]);
  });

  const quiet: [string, FrameFields[], string][] = [
    ['pings of one size', repeat(40, () => echo('8', 1_472)), 'icmp_tunnel'],
    [
      'many names of one provider',
      repeat(60, (n) => dns(n, '0x0100', { 'dns.qry.name': `host${n}.cdn.example.com` })),
      'dns_tunnel',
    ],
    ['a certificate that is valid', [certificate(VALID)], 'tls_cert_expired'],
    ['a certificate whose dates make no sense', [certificate('soon\u001elater')], 'tls_cert_expired'],
    [
      'a router that withdraws itself',
      [advertisement('00:00:00:00:00:0a', '1800'), advertisement('00:00:00:00:00:0a', '0')],
      'ipv6_rogue_ra',
    ],
    ['words that only look like SQL', [get('/news/european-union-selects-new-president')], 'web_attack_sqli'],
  ];

  it.each(quiet)('stay silent about %s', (_, frames, kind) => {
    expect(findingsOf(frames).filter((finding) => finding.kind === kind)).toEqual([]);
  });

  it('read a request line made to keep patterns busy without losing themselves in it', () => {
    const uris = [
      `/?a=union${'/**/'.repeat(900)}x`,
      `/?a='${'+'.repeat(3_000)}or`,
      `/${'../'.repeat(1_300)}`,
      '<script'.repeat(500),
    ];

    expect(findingsOf(uris.map(get)).filter(({ kind }) => kind.startsWith('web_attack'))).toEqual([]);
  });
});
