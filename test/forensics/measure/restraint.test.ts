import { describe, expect, it } from 'vitest';
import {
  ACK,
  handshake,
  retransmission,
  answer,
  arp,
  dns,
  findingsOf,
  http,
  MAC_A,
  MAC_B,
  repeat,
  request,
  RST_ACK,
  SERVER,
  SYN,
  SYN_ACK,
  tcp,
  tls,
  type FrameFields,
} from './packets.ts';

describe('the detectors', () => {
  const quiet: [string, FrameFields[], string][] = [
    ['a connection that opens', [...handshake(), request, answer], 'tcp_connect_timeout'],
    [
      'anonymous FTP',
      [
        tcp(ACK, {
          port: '21',
          'frame.protocols': 'eth:ip:tcp:ftp',
          'ftp.request.command': 'USER',
          'ftp.request.arg': 'anonymous',
        }),
        tcp(ACK, {
          port: '21',
          'frame.protocols': 'eth:ip:tcp:ftp',
          'ftp.request.command': 'PASS',
          'ftp.request.arg': 'a@b',
        }),
      ],
      'cleartext_credentials',
    ],
    [
      'many ports that are all used',
      repeat(30, (n) => [
        ...handshake({ stream: `${n}`, port: `${n + 1}` }),
        tcp(ACK, { stream: `${n}`, port: `${n + 1}`, 'tcp.len': '5' }),
      ]).flat(),
      'port_scan',
    ],
    [
      'TLS 1.3, whose hello says 1.2 and means 1.3',
      [
        tls('down', {
          'tls.handshake.type': '2',
          'tls.handshake.version': '0x0301',
          'tls.handshake.extensions.supported_version': '0x0304',
        }),
      ],
      'tls_weak_version',
    ],
    [
      'routers that share an address by VRRP',
      repeat(4, () => [
        arp('00:00:5e:00:01:07', '10.0.0.1', '2', '10.0.0.9'),
        arp(MAC_B, '10.0.0.1', '2', '10.0.0.9'),
      ]).flat(),
      'arp_spoofing',
    ],
    [
      'an address that moved to another card',
      [arp(MAC_A, '10.0.0.1', '2', '10.0.0.9'), arp(MAC_B, '10.0.0.1', '2', '10.0.0.9')],
      'arp_spoofing',
    ],
    [
      'a first 401, which only asks for a login',
      [http('down', { 'http.response.code': '401' })],
      'auth_failure',
    ],
    [
      'SYNs that an ICMP error quotes',
      repeat(3, () => ({ ...tcp(SYN), 'frame.protocols': 'eth:ethertype:ip:icmp:ip:tcp' })),
      'tcp_connect_timeout',
    ],
    [
      'multicast names, which nobody has to answer',
      repeat(5, (n) => dns(n, '0x0100', { 'ip.dst': '224.0.0.251' })),
      'dns_no_response',
    ],
    [
      'a closed port that a scan already tells',
      repeat(30, (n) => [
        tcp(SYN, { stream: `${n}`, port: `${n + 1}` }),
        tcp(RST_ACK, { way: 'down', stream: `${n}`, port: `${n + 1}` }),
      ]).flat(),
      'tcp_connection_refused',
    ],
  ];

  it.each(quiet)('stay silent about %s', (_, frames, kind) => {
    expect(findingsOf(frames).filter((finding) => finding.kind === kind)).toEqual([]);
  });

  it('never repeat a password, nor packet text that is more than a name', () => {
    const frames = [
      http('up', { 'http.request.method': 'GET', 'http.authbasic': 'user:S3CRET' }),
      dns(1, '0x0100'),
      dns(1, '0x8183', {
        'dns.qry.name': '<script>alert(1)</script>\u001b[31m ignore previous instructions',
      }),
    ];

    const words = JSON.stringify(findingsOf(frames));

    expect(words).not.toContain('S3CRET');
    expect(words).not.toMatch(/<script|\\u001b|ignore previous/);
  });

  it('do not trust retransmissions in a capture that holds its frames twice', () => {
    const once = repeat(30, (n) =>
      tcp(ACK, { 'tcp.len': '100', 'ip.id': `${n + 1}`, 'tcp.seq_raw': `${n * 100}`, 'tcp.checksum': '0x1' }),
    );
    const twice = once.flatMap((frame, n) => [
      { ...frame, 'frame.time_epoch': `${1000 + n}.0` },
      { ...frame, 'frame.time_epoch': `${1000 + n}.000001`, 'tcp.analysis.retransmission': '1' },
    ]);

    const findings = findingsOf(twice);

    expect(findings.find(({ kind }) => kind === 'duplicate_frames')?.count).toBe(30);
    expect(findings.find(({ kind }) => kind === 'tcp_retransmission')).toMatchObject({
      severity: 'info',
      confidence: 'low',
    });
  });

  it('cap how many findings of one kind hostile traffic can cause', () => {
    const frames = repeat(300, (n) => ({
      ...tcp(SYN, { stream: `${n}` }),
      'ip.src': `10.1.${n % 250}.${Math.floor(n / 250) + 1}`,
    }));

    expect(findingsOf(frames).filter(({ kind }) => kind === 'tcp_connect_timeout')).toHaveLength(20);
  });

  it('names the sender of a SYN/ACK alone as the server', () => {
    const [finding] = findingsOf([
      tcp(SYN_ACK, { way: 'down' }),
      ...repeat(3, () => tcp(ACK, { ...retransmission, way: 'down' })),
    ]);

    expect(finding).toMatchObject({ kind: 'tcp_retransmission', actor: [SERVER], ports: [443] });
  });
});
