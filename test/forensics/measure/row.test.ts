import { describe, expect, it } from 'vitest';
import { AGGREGATOR, FIELDS, passArgv } from '../../../src/forensics/measure/fields.ts';
import { createLineReader, MAX_LINE_CHARS } from '../../../src/forensics/measure/lines.ts';
import { readPacket } from '../../../src/forensics/measure/packet.ts';
import { all, lastNumber, number, numbers, parseRow, text } from '../../../src/forensics/measure/row.ts';
import { line, type FrameFields } from './packets.ts';

const row = (fields: FrameFields) => {
  const parsed = parseRow(line({ 'frame.number': '1', ...fields }));
  if (parsed === null) throw new Error('no row');
  return parsed;
};

describe('a row of the pass', () => {
  it('is refused when it has a field too many or too few, or no frame number', () => {
    const good = line({ 'frame.number': '7' });

    expect(parseRow(good)).not.toBeNull();
    expect(parseRow(`${good}\tx`)).toBeNull();
    expect(parseRow(good.slice(0, -1))).toBeNull();
    expect(parseRow(line({ 'frame.number': '7; rm' }))).toBeNull();
    expect(parseRow('')).toBeNull();
  });

  it('keeps packet text with commas, pipes and control characters inside its field', () => {
    const uri = String.raw`/a,b|c${'\u0001\u001f'}\t\n\\`;

    expect(text(row({ 'http.request.uri': uri }), 'http.request.uri')).toBe(uri);
  });

  it('never takes forged aggregators for numbers or addresses of other packets', () => {
    const forged = row({ 'dns.qry.name': `a${AGGREGATOR}443`, 'tcp.dstport': `80${AGGREGATOR}x` });

    expect(numbers(forged, 'tcp.dstport')).toEqual([80]);
    expect(lastNumber(forged, 'tcp.dstport')).toBeNull();
    expect(all(forged, 'dns.qry.name')).toEqual(['a', '443']);
  });

  it.each([
    ['12', 12],
    ['0x0018', 24],
    ['', null],
    ['1e9', null],
    ['-1', null],
    ['999999999999999999999', null],
    ['True', null],
  ])('reads the number %j as %j', (value, expected) => {
    expect(number(row({ 'tcp.len': value }), 'tcp.len')).toBe(expected);
  });

  it('asks only for fields, without name resolution', () => {
    const argv = passArgv('/workspace/pocket.pcap');

    expect(argv.slice(0, 4)).toEqual(['tshark', '-n', '-r', '/workspace/pocket.pcap']);
    expect(argv.filter((part) => part === '-e')).toHaveLength(FIELDS.length);
    expect(new Set(FIELDS).size).toBe(FIELDS.length);
  });
});

describe('a packet read from a row', () => {
  it('takes addresses from the innermost header of a tunnel', () => {
    const packet = readPacket(
      row({
        'frame.protocols': 'eth:ethertype:ip:gre:ip:tcp',
        'ip.src': `192.0.2.1${AGGREGATOR}10.0.0.1`,
        'ip.dst': `192.0.2.2${AGGREGATOR}10.0.0.2`,
      }),
    );

    expect([packet?.source, packet?.target]).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  it('does not count the packet that an ICMP error quotes', () => {
    const packet = readPacket(
      row({
        'frame.protocols': 'eth:ethertype:ip:icmp:ip:tcp',
        'ip.src': `10.0.0.1${AGGREGATOR}10.0.0.2`,
        'ip.dst': `10.0.0.2${AGGREGATOR}10.0.0.9`,
        'tcp.stream': '4',
        'tcp.srcport': '1',
        'tcp.dstport': '2',
      }),
    );

    expect(packet).toMatchObject({ source: '10.0.0.1', target: '10.0.0.2', transport: null, quotes: true });
  });

  it('falls back to MAC addresses, and to nothing where an address is no address', () => {
    const arp = { 'frame.protocols': 'eth:ethertype:arp', 'eth.dst': 'ff:ff:ff:ff:ff:ff' };

    expect(readPacket(row({ ...arp, 'eth.src': '00:0D:3A:00:00:01' }))?.source).toBe('00:0d:3a:00:00:01');
    expect(readPacket(row({ ...arp, 'eth.src': '1.2.3.4) || (frame' }))?.source).toBeNull();
  });
});

const read = (chunks: readonly string[]) => {
  const lines: string[] = [];
  const reader = createLineReader((text) => lines.push(text));
  for (const chunk of chunks) reader.push(new TextEncoder().encode(chunk));
  reader.end();
  return { lines, tooLong: reader.tooLong() };
};

describe('the line reader', () => {
  it('joins lines that arrive in pieces, and hands over a last one without its end', () => {
    expect(read(['a\tb', 'c\nd', '\n', 'last'])).toEqual({ lines: ['a\tbc', 'd', 'last'], tooLong: 0 });
  });

  it('throws away a line that never ends, and goes on behind it', () => {
    const endless = Array.from({ length: 12 }, () => 'x'.repeat(MAX_LINE_CHARS / 10));

    expect(read([...endless, '\nnext\n'])).toEqual({ lines: ['next'], tooLong: 1 });
  });
});
