import { describe, expect, it } from 'vitest';
import { ACK, CLIENT, factsFrom, repeat, retransmission, SYN, SYN_ACK, tcp } from '../packets.ts';

const at = (time: number) => ({ 'frame.time_epoch': String(time) });

describe('rates over time', () => {
  it('counts packets and bytes in buckets from the first packet on', () => {
    const frames = [0, 0.001, 0.025].map((after) =>
      tcp('0x0010', { ...at(1000 + after), 'frame.len': '100' }),
    );

    expect(factsFrom(frames).rates).toEqual({
      bucketSeconds: 0.01,
      packets: [2, 0, 1],
      bytes: [200, 0, 100],
      peakPackets: 2,
      peakBytes: 200,
      peakAtSeconds: 0,
      retransmissions: [0, 0, 0],
      roundTrips: [null, null, null],
    });
  });

  it('tells when segments were sent again and how long handshakes took', () => {
    const { rates } = factsFrom([
      tcp(SYN, at(1000)),
      tcp(SYN_ACK, { way: 'down', ...at(1000.02) }),
      tcp(ACK, { ...at(1000.03), 'tcp.analysis.initial_rtt': '0.03' }),
      tcp(ACK, { ...at(1000.105), ...retransmission }),
      tcp(ACK, { ...at(1000.106), ...retransmission }),
      tcp(SYN, { ...at(1000.107), ...retransmission }),
    ]);

    expect(rates?.retransmissions).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    expect(rates?.roundTrips).toEqual([{ samples: 1, p50Ms: 30, maxMs: 30 }, ...repeat(10, () => null)]);
  });

  it.each([10, 3_600, 86_400 * 400, 4e9])('keeps at most 120 buckets over %d s', (duration) => {
    const frames = repeat(300, (index) => tcp('0x0010', at(1000 + (index * duration) / 300)));
    const { rates } = factsFrom(frames);

    expect(rates?.packets.length).toBeLessThanOrEqual(120);
    expect(rates?.packets.length).toBeGreaterThan(4);
    expect(rates?.packets.reduce((sum, count) => sum + count, 0)).toBe(300);
  });

  it('counts a packet that is stamped before the first one', () => {
    expect(factsFrom([tcp('0x0010', at(1000)), tcp('0x0010', at(10))]).rates?.packets).toEqual([2]);
  });
});

describe('sizes', () => {
  it('tells the segment sizes that were offered, and who reports packets that are too big', () => {
    const tooBig = {
      'frame.protocols': 'eth:ethertype:ip:icmp:ip:tcp',
      'ip.src': '10.0.0.1\u001e10.0.0.4',
      'ip.dst': `${CLIENT}\u001e93.184.216.34`,
      'icmp.type': '3',
      'icmp.code': '4',
    };
    const { sizes } = factsFrom([
      tcp(SYN, { 'tcp.options.mss_val': '1460' }),
      tcp(SYN, { 'tcp.options.mss_val': '1460', stream: '1' }),
      tcp(SYN, { 'tcp.options.mss_val': '1380', stream: '2' }),
      { ...tooBig, 'icmp.mtu': '1400' },
      { ...tooBig, 'icmp.mtu': '1280' },
    ]);

    expect(sizes?.maximumSegmentSizes).toEqual({
      total: 2,
      shown: [
        { bytes: 1460, offers: 2 },
        { bytes: 1380, offers: 1 },
      ],
    });
    expect(sizes?.fragmentationNeeded.shown).toEqual([
      { reporter: '10.0.0.1', told: CLIENT, destination: '93.184.216.34', mtu: 1280, messages: 2 },
    ]);
  });
});

describe('totals', () => {
  it('counts what the lists leave out, by family', () => {
    const frames = repeat(250, (index) => tcp('0x0010', { 'ip.src': `10.1.${index}.1` }));
    const { conversations, totals } = factsFrom(frames);

    expect(conversations).toHaveLength(200);
    expect(totals?.conversations).toEqual({ ipv4: 250, ipv6: 0, nonIp: 0 });
  });
});
