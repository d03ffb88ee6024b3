import { describe, expect, it } from 'vitest';
import {
  ACK,
  answer,
  arp,
  CLIENT,
  dns,
  findingsOf,
  handshake,
  http,
  MAC_A,
  MAC_B,
  repeat,
  request,
  retransmission,
  RST_ACK,
  SERVER,
  SYN,
  tcp,
  tls,
  type FrameFields,
} from './packets.ts';

/** Frames, and what must be found in them: kind, severity, count, first frame. */
const found: [string, FrameFields[], [string, string, number, number]][] = [
  ['one SYN without answer', [tcp(SYN)], ['tcp_connect_timeout', 'low', 1, 1]],
  ['three SYNs without answer', repeat(3, () => tcp(SYN)), ['tcp_connect_timeout', 'high', 3, 1]],
  [
    'three refused connections',
    repeat(3, (n) => [tcp(SYN, { stream: `${n}` }), tcp(RST_ACK, { way: 'down', stream: `${n}` })]).flat(),
    ['tcp_connection_refused', 'high', 3, 2],
  ],
  [
    'one retransmission',
    [...handshake(), request, tcp(ACK, retransmission), answer],
    ['tcp_retransmission', 'info', 1, 5],
  ],
  [
    'a segment sent again and again into silence, from a capture that starts late',
    [tcp(ACK, { 'tcp.len': '100' }), ...repeat(3, () => tcp(ACK, retransmission))],
    ['tcp_retransmission', 'high', 3, 2],
  ],
  [
    'a peer that falls silent',
    [
      ...handshake(),
      request,
      answer,
      tcp(ACK, { 'tcp.len': '9' }),
      ...repeat(2, () => tcp(ACK, retransmission)),
      tcp(RST_ACK),
    ],
    ['tcp_stall', 'high', 3, 6],
  ],
  [
    'a window that stays shut',
    [...handshake(), request, ...repeat(3, () => tcp(ACK, { way: 'down', 'tcp.analysis.zero_window': '1' }))],
    ['tcp_zero_window', 'high', 3, 5],
  ],
  ['a slow handshake', handshake(), ['high_latency_network', 'high', 1, 2]],
  [
    'a slow first answer on a fast path',
    [...handshake(), request, answer].map((frame, n) => ({
      ...frame,
      'frame.time_epoch': ['0.1', '0.2', '0.3', '0.4', '3.4'][n],
    })),
    ['high_latency_server', 'medium', 1, 5],
  ],
  [
    'queries to a silent server',
    [...repeat(3, (n) => dns(n, '0x0100')), tcp(SYN)],
    ['dns_no_response', 'high', 3, 1],
  ],
  ['a name that does not exist', [dns(1, '0x0100'), dns(1, '0x8183')], ['dns_nxdomain', 'info', 1, 2]],
  [
    'a burst of names that do not exist',
    repeat(12, (n) => [dns(n, '0x0100'), dns(n, '0x8183')]).flat(),
    ['dns_nxdomain_burst', 'low', 12, 2],
  ],
  ['a resolver that fails', [dns(1, '0x0100'), dns(1, '0x8182')], ['dns_servfail', 'high', 1, 2]],
  [
    'a SYN scan',
    repeat(30, (n) => [
      tcp(SYN, { stream: `${n}`, port: `${n + 1}` }),
      tcp(RST_ACK, { way: 'down', stream: `${n}`, port: `${n + 1}` }),
    ]).flat(),
    ['port_scan', 'high', 30, 1],
  ],
  [
    'an Xmas scan',
    repeat(12, (n) => tcp('0x0029', { stream: `${n}`, port: `${n + 1}` })),
    ['port_scan', 'high', 12, 1],
  ],
  [
    'a ping sweep',
    repeat(12, (n) => ({
      'frame.protocols': 'eth:ethertype:ip:icmp',
      'ip.src': CLIENT,
      'ip.dst': `10.0.1.${n}`,
      'icmp.type': '8',
    })),
    ['host_sweep', 'medium', 12, 1],
  ],
  [
    'an ARP scan',
    repeat(40, (n) => arp(MAC_A, '10.0.0.1', '1', `10.0.1.${n}`)),
    ['arp_scan', 'medium', 40, 1],
  ],
  [
    'two MAC addresses that claim one IP address',
    repeat(4, () => [
      arp(MAC_A, '10.0.0.1', '2', '10.0.0.9'),
      arp(MAC_B, '10.0.0.1', '2', '10.0.0.9'),
    ]).flat(),
    ['arp_spoofing', 'high', 4, 2],
  ],
  [
    'one MAC address between two hosts',
    repeat(3, () => [
      arp(MAC_B, '10.0.0.1', '2', '10.0.0.2'),
      arp(MAC_B, '10.0.0.2', '2', '10.0.0.1'),
    ]).flat(),
    ['arp_spoofing', 'high', 6, 1],
  ],
  [
    'port unreachable',
    repeat(3, () => ({
      'frame.protocols': 'eth:ethertype:ip:icmp:ip:udp',
      'ip.src': SERVER,
      'ip.dst': CLIENT,
      'icmp.type': '3',
      'icmp.code': '3',
    })),
    ['icmp_unreachable', 'low', 3, 1],
  ],
  [
    'HTTP Basic',
    [http('up', { 'http.request.method': 'GET', 'http.authbasic': 'user:S3CRET' })],
    ['cleartext_credentials', 'medium', 1, 1],
  ],
  [
    'server errors',
    repeat(3, () => http('down', { 'http.response.code': '503' })),
    ['http_error', 'medium', 3, 1],
  ],
  [
    'SSL 3',
    [tls('down', { 'tls.handshake.type': '2', 'tls.handshake.version': '0x0300' })],
    ['tls_weak_version', 'high', 1, 1],
  ],
  [
    'TLS 1.0',
    [tls('down', { 'tls.handshake.type': '2', 'tls.handshake.version': '0x0301' })],
    ['tls_weak_version', 'low', 1, 1],
  ],
  [
    'SSL 2',
    [tls('down', { 'tls.record.version': '0x0002', 'tls.handshake.version': '0x0002' })],
    ['tls_weak_version', 'high', 1, 1],
  ],
  [
    'segments that the capture missed',
    [
      tcp(ACK, { 'tcp.analysis.lost_segment': '1', 'tcp.analysis.ack_lost_segment': '1' }),
      tcp(ACK, { 'tcp.analysis.ack_lost_segment': '1' }),
    ],
    ['capture_gap', 'low', 2, 1],
  ],
  [
    'a fatal alert',
    [tls('down', { 'tls.alert_message.level': '2', 'tls.alert_message.desc': '40' })],
    ['tls_handshake_failure', 'medium', 1, 1],
  ],
  [
    'short SSH sessions one after the other',
    repeat(8, (n) => [
      ...handshake({ stream: `${n}`, port: '22' }),
      tcp(ACK, { stream: `${n}`, port: '22', 'tcp.len': '900' }),
      tcp(ACK, { way: 'down', stream: `${n}`, port: '22', 'tcp.len': '900' }),
    ]).flat(),
    ['brute_force', 'medium', 8, 1],
  ],
];

describe('the detectors', () => {
  it.each(found)('find %s', (_, frames, [kind, severity, count, firstFrame]) => {
    const finding = findingsOf(frames).find((candidate) => candidate.kind === kind);

    expect(finding).toMatchObject({ kind, severity, count });
    expect(finding?.frames[0]).toBe(firstFrame);
    expect(finding?.filter).not.toBe('');
  });
});
