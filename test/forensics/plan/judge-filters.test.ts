import { describe, expect, it } from 'vitest';
import { filtersToCount, missedBy } from '../../../src/forensics/plan/judge-filters.ts';
import { findingOf } from '../../fakes/facts.ts';

const nxdomain = findingOf({
  id: 'F2',
  kind: 'dns_nxdomain',
  actor: ['10.0.0.4'],
  target: ['168.63.129.16'],
  ports: [53],
  frames: [11, 12],
  filter: 'dns.flags.rcode == 3 && ip.addr == 10.0.0.4',
});
const protocols = ['eth', 'eth:ip', 'eth:ip:udp', 'eth:ip:udp:dns', 'eth:ip:tcp:nbss:smb2'].map(
  (protocol) => ({
    protocol,
    packets: 9,
    bytes: 900,
  }),
);
const expected = { findings: [nxdomain], protocols };

const judged = (...filters: [filter: string, matches: number | null][]) =>
  missedBy(
    filters.map(([filter, matches], index) => ({ filter, line: index + 3, matches })),
    expected,
  );

describe('a filter without a match', () => {
  it.each([
    ['asks for what a finding stands on', 'dns.flags.rcode == 3 && dns.flags.response == 0'],
    ['asks for it in other words', 'dns.flags.rcode != 0 && udp.port == 53'],
    ['asks for it in hexadecimal', 'dns.flags.rcode == 0x3 && dns.qry.type == 99'],
    ['asks for it of the same machine', 'ip.src == 168.63.129.16 && dns.flags.rcode && tcp'],
  ])('is a failure where it %s', (_, filter) => {
    expect(filtersToCount(new Map([[filter, 3]]), expected)).toEqual([filter]);
    expect(judged([filter, 0])).toEqual([
      `line 3: the filter ${filter} matches no packet, but finding F2 (dns_nxdomain) stands on frames 11, 12: ${nxdomain.filter}`,
    ]);
  });

  it.each([
    ['another value', 'dns.flags.rcode == 2'],
    ['another machine', 'dns.flags.rcode == 3 && ip.src == 10.0.0.9'],
    ['another port', 'dns.flags.rcode == 3 && udp.port == 5353'],
    ['its absence', '!dns.flags.rcode && dns.flags.response == 1'],
    ['one connection', 'dns.flags.rcode == 3 && udp.stream == 4'],
    ['something else', 'tcp.analysis.zero_window'],
    ['the same words in a string', 'frame contains "dns.flags.rcode == 3"'],
  ])('is a fair answer where it asks for %s', (_, filter) => {
    expect(judged([filter, 0])).toEqual([]);
  });

  it('is none where another one of the script found the same', () => {
    expect(judged(['dns.flags.rcode == 3 && tcp', 0], ['dns.flags.rcode > 0', 7])).toEqual([]);
  });

  it('is nothing where tshark would not count', () => {
    expect(judged(['dns.flags.rcode == 3', null])).toEqual([]);
  });

  it('is a failure where it asks for another generation of a protocol that is there', () => {
    expect(judged(['smb.cmd == 0x72', 0])).toEqual([
      'line 3: the filter smb.cmd == 0x72 matches no packet; this capture has smb2 instead.',
    ]);
    expect(judged(['smb.cmd == 0x72', 0], ['smb2.cmd == 0', 4])).toEqual([]);
    expect(judged(['ipv6.addr == 2001:db8::1', 0], ['ip', 9])).toEqual([]);
  });
});
