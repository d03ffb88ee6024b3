import { describe, expect, it } from 'vitest';
import type { LookedFor } from '../../../../src/domain/facts/coverage.ts';
import { FINDING_KINDS } from '../../../../src/domain/finding-kinds.ts';
import { detectAll } from '../../../../src/forensics/measure/detectors.ts';
import { COVERAGE_GROUPS } from '../../../../src/forensics/measure/facts/coverage-groups.ts';
import { coverageOf } from '../../../../src/forensics/measure/facts/coverage.ts';
import {
  dns,
  handshake,
  http,
  repeat,
  request,
  SYN,
  tablesOf,
  tcp,
  tls,
  type FrameFields,
} from '../packets.ts';

const READING = { damaged: null, linkTypes: ['ether'], notes: [] };

function covered(frames: readonly FrameFields[], more: object = {}) {
  const tables = tablesOf(frames);
  const kinds = new Set(detectAll(tables).findings.map(({ kind }) => kind));
  return coverageOf(tables, { ...READING, ...more }, kinds);
}

const group = (groups: readonly LookedFor[], words: RegExp) =>
  groups.find(({ group: name }) => words.test(name));

describe('what was looked for and not found', () => {
  it('names every kind of finding in exactly one group', () => {
    const named = COVERAGE_GROUPS.flatMap(({ kinds }) => kinds);

    expect(named.toSorted()).toEqual(Object.keys(FINDING_KINDS).toSorted());
  });

  it('says on how many packets and seconds a negative rests', () => {
    const coverage = covered([...handshake(), request, dns(1, '0x0100'), dns(1, '0x8180')]);

    expect(coverage).toMatchObject({ packets: 6, seconds: 5, payload: 'whole', filter: null });
    expect(group(coverage.groups, /^Scans/)).toMatchObject({
      state: 'looked',
      packets: 6,
      found: [],
      why: null,
    });
    expect(group(coverage.groups, /^DNS/)).toMatchObject({ state: 'looked', packets: 2 });
  });

  it('does not call a kind not found that was found', () => {
    const { groups } = covered(repeat(5, (index) => tcp(SYN, { stream: String(index) })));

    expect(group(groups, /set-up/)?.found).toEqual(['tcp_connect_timeout']);
    expect(group(groups, /set-up/)?.notFound).toEqual(['tcp_connection_refused']);
  });

  it('tells what had no traffic from what nobody looked at', () => {
    const { groups } = covered(handshake(), { isWithoutTshark: true });

    expect(group(groups, /^Wi-Fi/)).toMatchObject({ state: 'no_traffic', packets: 0 });
    expect(group(groups, /^Voice/)).toMatchObject({
      state: 'not_judged',
      why: expect.stringMatching(/tshark/),
    });
  });

  it('judges nothing by payload that was not recorded', () => {
    const cut = { 'frame.len': '1500', 'frame.cap_len': '64' };
    const { groups, payload } = covered(repeat(4, () => http('up', cut)));

    expect(payload).toBe('none');
    expect(group(groups, /^HTTP/)).toMatchObject({
      state: 'not_judged',
      why: expect.stringMatching(/4 of 4/),
    });
  });

  it('limits what encryption hides, and what takes longer than the capture', () => {
    const { groups } = covered([...handshake(), tls('up', {}), http('up', {})]);

    expect(group(groups, /^Exploits/)?.why).toMatch(/encrypted/);
    expect(group(groups, /^Calls home/)?.why).toMatch(/encrypted.*intervals/);
  });

  it.each([
    ['one port', repeat(60, () => tcp('0x0010')), 'it holds nothing but TCP port 443'],
    [
      'one protocol',
      repeat(60, (index) => dns(index, '0x0100', { 'frame.protocols': 'eth:ethertype:ip:udp:dns' })),
      'it holds nothing but udp',
    ],
    [
      'one host',
      repeat(60, (index) =>
        tcp('0x0010', {
          'ip.dst': `10.7.0.${index % 5}`,
          port: String(80 + (index % 2)),
          stream: String(index % 10),
        }),
      ),
      'it holds nothing but traffic of 10.0.0.4',
    ],
  ])('suspects a filter where there is nothing but %s', (_, frames, words) => {
    const { filter, groups } = covered(frames);

    expect(filter).toBe(words);
    expect(group(groups, /^Scans/)?.state).toBe('limited');
    expect(group(groups, /^Wi-Fi/)?.why).toMatch(/filtered/);
  });

  it('takes the capture filter that the file tells', () => {
    const described = {
      name: 'eth0',
      description: null,
      linkType: 'ether',
      snapLength: null,
      filter: 'host 10.0.0.4',
      operatingSystem: null,
      dropped: null,
    };

    expect(covered(handshake(), { interfaces: [described] }).filter).toBe('capture filter "host 10.0.0.4"');
  });
});
