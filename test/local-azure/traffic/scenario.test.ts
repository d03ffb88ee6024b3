import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateScenario } from '../../../src/local-azure/traffic/scenario.ts';
import type { Planted } from '../../../src/local-azure/traffic/timeline.ts';
import { openWithTshark, tsharkPresent } from './tshark.ts';

const here = '10.0.0.4';
const minute = { seed: 7, startTime: 1_790_000_000, durationSeconds: 60, local: { address: here } };

/** The obvious display filter of each planted kind, as an analyst would type it. */
const proof: Record<string, string> = {
  tcp_fast_retransmission: 'tcp.analysis.fast_retransmission',
  tcp_duplicate_ack: 'tcp.analysis.duplicate_ack',
  tcp_zero_window: 'tcp.analysis.zero_window',
  tcp_window_full: 'tcp.analysis.window_full',
  tcp_connect_timeout: 'tcp.flags.syn == 1 && tcp.flags.ack == 0 && ip.dst == 10.0.2.30',
  dns_nxdomain_burst: 'dns.flags.rcode == 3',
  dns_servfail: 'dns.flags.rcode == 2',
  dns_no_response: 'dns.flags.response == 0 && !dns.response_in',
  cleartext_credentials: 'http.authbasic',
  http_error: 'http.response.code >= 500',
  port_scan: 'tcp.flags.syn == 1 && tcp.flags.ack == 0 && ip.src == 198.51.100.77',
  open_ports: 'tcp.flags.syn == 1 && tcp.flags.ack == 1 && ip.dst == 198.51.100.77',
  icmp_unreachable: 'icmp.type == 3',
};

describe('the scenario generator', () => {
  it('gives the same bytes for the same seed and others for another', () => {
    const first = generateScenario(minute);

    expect(Buffer.compare(generateScenario(minute).pcap, first.pcap)).toBe(0);
    expect(Buffer.compare(generateScenario({ ...minute, seed: 8 }).pcap, first.pcap)).not.toBe(0);
  });

  it('plants every promised fault, each with as many frames as it counts', () => {
    const { planted, packets } = generateScenario(minute);

    expect(
      planted
        .filter(({ main }) => main)
        .map(({ kind }) => kind)
        .toSorted(),
    ).toEqual([
      'cleartext_credentials',
      'dns_no_response',
      'dns_nxdomain_burst',
      'dns_servfail',
      'http_error',
      'icmp_unreachable',
      'port_scan',
      'tcp_connect_timeout',
      'tcp_connection_refused',
      'tcp_retransmission',
      'tcp_zero_window',
    ]);
    for (const fault of planted) {
      expect(fault.frames.length).toBe(fault.count ?? fault.frames.length);
      expect(fault.frames.every((frame) => frame >= 1 && frame <= packets)).toBe(true);
    }
  });

  it('keeps every packet inside the session, however short it is', () => {
    const { pcap } = generateScenario({ ...minute, durationSeconds: 2 });

    const times = recordTimes(pcap);

    expect(times.length).toBeGreaterThan(500);
    expect(times.every((time) => time >= minute.startTime && time <= minute.startTime + 2)).toBe(true);
  });

  it('numbers the planted frames after the capture filter and cuts packets to the asked length', () => {
    const onlyNames = generateScenario({
      ...minute,
      snapLength: 64,
      accept: ({ protocol, destination, source }) =>
        protocol === 'UDP' && (destination.port === 53 || source.port === 53),
    });

    expect(new Set(onlyNames.planted.map(({ kind }) => kind))).toEqual(
      new Set(['dns_nxdomain_burst', 'dns_servfail', 'dns_no_response']),
    );
    expect(onlyNames.pcap.length).toBeLessThanOrEqual(24 + onlyNames.packets * (16 + 64));
  });

  it('leaves packets out once the file has its most bytes', () => {
    const { pcap, packets } = generateScenario({ ...minute, maxBytes: 20_000 });

    expect(pcap.length).toBeLessThanOrEqual(20_000);
    expect(recordTimes(pcap)).toHaveLength(packets);
  });
});

describe.runIf(tsharkPresent())('tshark on a scenario', () => {
  const { pcap, planted } = generateScenario(minute);
  let tshark: ReturnType<typeof openWithTshark>;
  beforeAll(() => {
    tshark = openWithTshark(pcap);
  });
  afterAll(() => {
    tshark.close();
  });

  it.each(Object.entries(proof))('finds exactly the planted frames of %s', (kind, filter) => {
    const frames = framesOf(planted, kind);

    expect(frames.length).toBeGreaterThan(0);
    expect(tshark.frames(filter)).toEqual(frames);
  });

  it('finds exactly the planted retransmissions and refusals', () => {
    const refusals = tshark.frames('tcp.flags.reset == 1 && tcp.flags.ack == 1');

    expect(tshark.frames('tcp.analysis.retransmission')).toEqual(framesOf(planted, 'tcp_retransmission'));
    expect(refusals).toEqual(framesOf(planted, 'tcp_connection_refused'));
  });

  it('finds nothing wrong in the rest of the traffic', () => {
    const badChecksum = ['ip', 'tcp', 'udp', 'icmp', 'icmpv6'].map(
      (layer) => `${layer}.checksum.status == 0`,
    );

    const unplanned = ['_ws.malformed', 'tcp.analysis.lost_segment', 'tcp.analysis.out_of_order'];

    expect(tshark.frames([...badChecksum, ...unplanned].join(' || '))).toEqual([]);
  });

  it.each(['ntp || arp', 'ipv6.addr == fd00:cafe::4 && http', 'tls.handshake.extensions_server_name'])(
    'sees ordinary %s too',
    (filter) => {
      expect(tshark.frames(filter).length).toBeGreaterThan(0);
    },
  );

  it('still reads the faults of a session squeezed into three seconds', () => {
    const short = generateScenario({ ...minute, durationSeconds: 3 });
    const squeezed = openWithTshark(short.pcap);

    const again = squeezed.frames('tcp.analysis.retransmission');
    const quick = squeezed.frames('tcp.analysis.fast_retransmission');
    const shut = squeezed.frames('tcp.analysis.zero_window');
    squeezed.close();

    expect(again).toEqual(framesOf(short.planted, 'tcp_retransmission'));
    expect(quick).toEqual(framesOf(short.planted, 'tcp_fast_retransmission'));
    expect(shut).toEqual(framesOf(short.planted, 'tcp_zero_window'));
  });
});

function framesOf(planted: readonly Planted[], kind: string): number[] {
  const frames = planted.filter((fault) => fault.kind === kind).flatMap((fault) => fault.frames);
  return frames.toSorted((a, b) => a - b);
}

function recordTimes(pcap: Uint8Array): number[] {
  const view = new DataView(pcap.buffer, pcap.byteOffset);
  const times: number[] = [];
  for (let offset = 24; offset < pcap.length; offset += 16 + view.getUint32(offset + 8, true)) {
    times.push(view.getUint32(offset, true) + view.getUint32(offset + 4, true) / 1e6);
  }
  return times;
}
