import { describe, expect, it } from 'vitest';
import { dns, factsFrom, handshake, repeat, request, tcp } from '../packets.ts';

describe('the quality of a recording', () => {
  it('has no verdict where nothing is wrong', () => {
    expect(factsFrom([...handshake(), request]).capture.quality).toMatchObject({
      verdict: [],
      dropped: null,
    });
  });

  it('says what spoils it: frames twice, time that goes back, cut packets, connections that were there before', () => {
    const twice = repeat(30, (index) =>
      tcp('0x0010', {
        'ip.id': `0x${(1 + Math.floor(index / 2)).toString(16)}`,
        'tcp.seq_raw': String(Math.floor(index / 2)),
        'tcp.ack_raw': '1',
        'tcp.window_size_value': '100',
        'tcp.checksum': '0x1',
        'frame.time_epoch': '2000.0',
      }),
    );
    const earlier = tcp('0x0010', { 'frame.time_epoch': '1.0', 'frame.len': '90' });
    const { quality } = factsFrom([...twice, earlier]).capture;

    expect(quality).toMatchObject({ duplicated: true, backInTime: 1, joinedMidway: 1 });
    expect(quality?.verdict.join(' ')).toMatch(
      /recorded twice.*only in part.*before the packet.*begun before/,
    );
  });
});

describe('DNS per server', () => {
  it('tells queries, failures, latency and what was asked', () => {
    const { servers, names, types } = factsFrom([
      dns(1, '0x0100', { 'frame.time_epoch': '1.000' }),
      dns(1, '0x8183', { 'frame.time_epoch': '1.020' }),
      dns(2, '0x0100', { 'dns.qry.type': '28', 'frame.time_epoch': '2.0' }),
    ]).dns;

    expect(servers).toMatchObject({
      total: 1,
      shown: [{ clients: 1, queries: 2, responses: 1, unanswered: 1, failures: 1, latency: { p50Ms: 20 } }],
    });
    expect(names?.shown).toContainEqual({ name: 'host1.example', count: 1 });
    expect(types?.shown).toContainEqual({ name: 'AAAA', count: 1 });
  });
});
