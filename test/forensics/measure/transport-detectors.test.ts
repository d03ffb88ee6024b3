import { describe, expect, it } from 'vitest';
import {
  ACK,
  answer,
  CLIENT,
  dns,
  findingsOf,
  handshake,
  repeat,
  request,
  retransmission,
  RST_ACK,
  SERVER,
  SYN,
  tcp,
  type FrameFields,
} from './packets.ts';

const data = (fields: FrameFields = {}): FrameFields =>
  tcp(ACK, { way: 'down', 'tcp.len': '1000', ...fields });
const duplicate = tcp(ACK, { 'tcp.analysis.duplicate_ack_num': '1' });
const at = (times: readonly number[], frames: readonly FrameFields[]): FrameFields[] =>
  frames.map((frame, index) => ({ ...frame, 'frame.time_epoch': String(times[index]) }));

/** A download in which one segment is lost, as seen at the sender. */
const lossy = (segments: number): FrameFields[] => [
  ...handshake(),
  request,
  ...repeat(segments, () => data()),
  duplicate,
  duplicate,
  duplicate,
  data({ 'tcp.analysis.retransmission': '1', 'tcp.analysis.fast_retransmission': '1' }),
];

const swap = (value: string | undefined): string => (value === '443' ? '80' : (value ?? ''));

const multicast = (source: string): FrameFields => ({
  'frame.protocols': 'eth:ethertype:ipv6:icmpv6',
  'ipv6.src': source,
  'ipv6.dst': 'ff02::1',
  'icmpv6.type': '134',
  'eth.src': '00:00:00:00:00:0a',
});
const router = (protocol: string, fields: FrameFields): FrameFields => ({
  'frame.protocols': `eth:ethertype:ip:${protocol}`,
  'ip.src': SERVER,
  'ip.dst': '224.0.0.5',
  ...fields,
});

/** Routers, those who play them, and more of the network layer: kind, severity, count. */
const routers: [string, FrameFields[], [string, string, number]][] = [
  ['ever new routers', repeat(30, (n) => multicast(`fe80::${n + 1}`)), ['ipv6_rogue_ra', 'high', 30]],
  [
    'OSPF without authentication',
    [router('ospf', { 'ospf.auth.type': '0' })],
    ['routing_weak_auth', 'low', 1],
  ],
  [
    'EIGRP without authentication',
    [router('eigrp', { 'eigrp.opcode': '5' })],
    ['routing_weak_auth', 'low', 1],
  ],
  [
    'RIP with a readable password',
    [router('udp:rip', { 'rip.version': '2', 'rip.auth.type': '2' })],
    ['routing_weak_auth', 'low', 1],
  ],
  [
    'HSRP with a readable password',
    [router('udp:hsrp', { 'hsrp.auth_data': 'blue' })],
    ['routing_weak_auth', 'low', 1],
  ],
];

function onPort80(frame: FrameFields): FrameFields {
  return { ...frame, 'tcp.srcport': swap(frame['tcp.srcport']), 'tcp.dstport': swap(frame['tcp.dstport']) };
}

const fragmentV6 = (n: number, behind: string): FrameFields => ({
  'frame.protocols': `eth:ethertype:ipv6:ipv6.fraghdr:${behind}`,
  'ipv6.src': 'fd00::1',
  'ipv6.dst': 'fd00::2',
  'ipv6.fraghdr.ident': `0x${n.toString(16)}`,
});

/** Frames, and what must be found in them: kind, severity, count, actor. */
const found: [string, FrameFields[], [string, string, number, string]][] = [
  [
    'a segment that the receiver asked for again',
    lossy(10),
    ['tcp_fast_retransmission', 'medium', 1, SERVER],
  ],
  ['one lost segment among many', lossy(200), ['tcp_fast_retransmission', 'low', 1, SERVER]],
  ['acknowledgements that repeat themselves', lossy(10), ['tcp_duplicate_ack', 'medium', 3, CLIENT]],
  ['few of them in a long download', lossy(200), ['tcp_duplicate_ack', 'low', 3, CLIENT]],
  [
    'a sender that the window stops again and again',
    [...handshake(), request, ...repeat(4, () => data({ 'tcp.analysis.window_full': '1' }))],
    ['tcp_window_full', 'medium', 4, SERVER],
  ],
  [
    'a server that answers a request with a reset',
    [...handshake(), request, tcp(RST_ACK, { way: 'down' })],
    ['tcp_reset', 'medium', 1, SERVER],
  ],
  [
    'a client that gives up in the middle of a download',
    [...handshake(), request, answer, ...repeat(4, () => data()), tcp(RST_ACK)],
    ['tcp_reset', 'low', 1, CLIENT],
  ],
  [
    'a hole that the receiver complained about and that was filled',
    [
      ...handshake(),
      request,
      data(),
      ...repeat(5, () => data({ 'tcp.analysis.lost_segment': '1' })),
      duplicate,
      data({ 'tcp.analysis.out_of_order': '1' }),
    ],
    ['packet_loss', 'medium', 5, SERVER],
  ],
  [
    'a client that takes its time',
    at(
      [1, 1.02, 1.04, 3.5, 3.6],
      [...handshake({ port: '80' }), ...[request, answer].map((frame) => onPort80(frame))],
    ),
    ['high_latency_client', 'medium', 1, CLIENT],
  ],
];

/** Frames that only look like that kind of trouble. */
const quiet: [string, FrameFields[], string][] = [
  [
    'a client that hangs up when it has its answer',
    [...handshake(), request, answer, tcp(RST_ACK)],
    'tcp_reset',
  ],
  [
    'a reset after the connection was closed',
    [...handshake(), request, answer, tcp('0x0011'), tcp(RST_ACK, { way: 'down' })],
    'tcp_reset',
  ],
  [
    'holes that were acknowledged at once: the capture missed the segments',
    [...handshake(), request, ...repeat(5, () => data({ 'tcp.analysis.lost_segment': '1' }))],
    'packet_loss',
  ],
  ['fragment headers before whole packets', repeat(60, (n) => fragmentV6(n, 'udp:data')), 'fragment_flood'],
  [
    'a connection kept in reserve beside another one',
    [
      ...at([1, 1.01, 1.02, 1.03], [...handshake({ port: '80' }), onPort80(request)]),
      ...at(
        [1.1, 1.11, 1.12, 5],
        [...handshake({ port: '80', stream: '1' }), { ...onPort80(request), 'tcp.stream': '1' }],
      ),
    ],
    'high_latency_client',
  ],
  [
    'the SYN of a connection of which only one direction was recorded',
    [tcp(SYN), ...repeat(6, (n) => tcp(ACK, { 'tcp.ack_raw': `${1000 * (n + 1)}`, 'tcp.len': '10' }))],
    'tcp_connect_timeout',
  ],
];

const dnsSeverity = (frames: FrameFields[]): string | undefined =>
  findingsOf([...frames, tcp(SYN, { stream: '9' })]).find(({ kind }) => kind === 'dns_no_response')?.severity;

describe('the detectors of trouble in transport', () => {
  it.each(found)('find %s', (_, frames, [kind, severity, count, actor]) => {
    const finding = findingsOf(frames).find((candidate) => candidate.kind === kind);

    expect(finding).toMatchObject({ kind, severity, count, actor: [actor] });
    expect(finding?.frames.length).toBeGreaterThan(0);
  });

  it.each(quiet)('keep quiet about %s', (_, frames, kind) => {
    expect(findingsOf(frames).filter((finding) => finding.kind === kind)).toEqual([]);
  });

  it.each(routers)('find %s', (_, frames, [kind, severity, count]) => {
    expect(findingsOf(frames).filter((finding) => finding.kind === kind)).toMatchObject([
      { severity, count },
    ]);
  });

  it.each([
    ['OSPF with cryptographic authentication', router('ospf', { 'ospf.auth.type': '2' })],
    ['EIGRP with MD5', router('eigrp', { 'eigrp.opcode': '5', 'eigrp.auth.type': '2' })],
  ])('keep quiet about %s', (_, frame) => {
    expect(findingsOf([frame])).toEqual([]);
  });

  it('doubt that a DNS server is silent where the capture lacks the other direction', () => {
    const oneSided = repeat(6, (n) => tcp(ACK, { 'tcp.ack_raw': `${1000 * (n + 1)}`, 'tcp.len': '10' }));
    const queries = repeat(5, (n) => dns(n, '0x0100'));
    expect(dnsSeverity(queries)).toBe('high');
    expect(dnsSeverity([...oneSided, ...queries])).toBe('info');
  });

  it('do not take the missing direction of a capture for a receiver that died', () => {
    const frames = repeat(9, (n) => tcp(ACK, { ...retransmission, 'tcp.ack_raw': `${1000 * (n + 1)}` }));
    const others = repeat(300, (n) => tcp(ACK, { 'tcp.len': '100', 'tcp.ack_raw': `${1000 * (n + 20)}` }));

    const finding = findingsOf([...others, ...frames]).find(({ kind }) => kind === 'tcp_retransmission');

    expect(finding?.severity).toBe('low');
  });
});
