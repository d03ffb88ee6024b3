import { describe as group, expect, it } from 'vitest';
import { createCaptureReader, type CaptureEnd } from '../../src/packets/read-capture.ts';
import type { CaptureInterface } from '../../src/packets/formats/record.ts';
import { block, describe, enhanced, pcap, section, statistics, words } from './files.ts';

interface Seen {
  /** The packet's whole record, by what the header says of its place. */
  record: string;
  from: CaptureInterface;
  time: string;
  data: string;
  wireLength: number;
  linkType: number;
}

/** What the reader makes of a file that arrives in pieces of `size` bytes. */
function read(
  file: Buffer,
  size = file.length || 1,
): { packets: Seen[]; end: Omit<CaptureEnd, 'recording'> } {
  const packets: Seen[] = [];
  const reader = createCaptureReader((bytes, start, end, header) => {
    packets.push({
      record: file.subarray(header.offset, header.offset + header.recordLength).toString('hex'),
      from: header.from,
      time: `${header.seconds}.${String(header.nanoseconds).padStart(9, '0')}`,
      data: Buffer.from(bytes.subarray(start, end)).toString('hex'),
      wireLength: header.wireLength,
      linkType: header.linkType,
    });
    expect(header.number).toBe(packets.length);
  });
  for (let at = 0; at < file.length; at += size) reader.push(file.subarray(at, at + size));
  const { recording: _recording, ...end } = reader.end();
  return { packets, end };
}

/** What the file tells in words. */
function recordingOf(file: Buffer): CaptureEnd['recording'] {
  const reader = createCaptureReader(() => undefined);
  reader.push(file);
  return reader.end().recording;
}

const A = Buffer.from('aabbcc', 'hex');
const B = Buffer.from('0102030405', 'hex');
const WHOLE = { damage: null, dropped: null };

group('a classic pcap file', () => {
  it.each([
    { little: true, nanoseconds: false, time: '7.000009000' },
    { little: false, nanoseconds: false, time: '7.000009000' },
    { little: true, nanoseconds: true, time: '7.000000009' },
    { little: false, nanoseconds: true, time: '7.000000009' },
  ])('is read in either byte order and resolution: %o', ({ time, ...options }) => {
    const file = pcap([{ data: A, seconds: 7, fraction: 9, wireLength: 90 }], { ...options, linkType: 113 });

    expect(read(file)).toEqual({
      packets: [
        {
          time,
          data: 'aabbcc',
          wireLength: 90,
          linkType: 113,
          record: file.subarray(24).toString('hex'),
          from: { number: 0, linkType: 113, snapLength: 65_535, checkSequenceBits: null },
        },
      ],
      end: { ...WHOLE, linkTypes: [113] },
    });
  });

  it('may hold packets without bytes, and packets cut to nothing', () => {
    const file = pcap([{ data: Buffer.alloc(0) }, { data: Buffer.alloc(0), wireLength: 60 }, { data: B }]);

    const { packets, end } = read(file);

    expect(packets.map(({ data, wireLength }) => [data, wireLength])).toEqual([
      ['', 0],
      ['', 60],
      ['0102030405', 5],
    ]);
    expect(end.damage).toBeNull();
  });

  it.each([0xffffffff, 0x7fffffff, 262_145])('ends at a record that claims %i bytes', (length) => {
    const whole = pcap([{ data: A }, { data: B }, { data: A }]);
    const file = Buffer.concat([whole, words(true, [1, 1, length, length]), Buffer.alloc(64)]);

    const { packets, end } = read(file);

    expect(packets).toHaveLength(3);
    expect(end.damage).toBe('damaged record');
  });
});

group('a pcapng file', () => {
  it.each([true, false])('with several sections and interfaces is read (little-endian: %s)', (little) => {
    const nanoseconds: [number, Buffer][] = [[9, Buffer.from([9])]];
    const offset = little ? words(true, [100, 0]) : words(false, [0, 100]);
    const file = Buffer.concat([
      section(!little),
      describe(!little, 1),
      enhanced(!little, 0, 1_500_000n, A),
      block(!little, 0x7777, Buffer.from('skipped')),
      section(little),
      describe(little, 101, nanoseconds),
      describe(little, 113, [
        [9, Buffer.from([0x8a])],
        [14, offset],
      ]),
      enhanced(little, 0, 1_790_000_000_123_456_789n, B, 500),
      enhanced(little, 1, 1536n, A),
      block(little, 3, Buffer.concat([words(little, [3]), A])),
      statistics(little, 0, 5),
      statistics(little, 0, 7),
    ]);

    const { packets, end } = read(file);

    expect(packets.map(({ from }) => from.number)).toEqual([0, 1, 2, 1]);

    expect(packets.map(({ time, linkType, wireLength }) => [time, linkType, wireLength])).toEqual([
      ['1.500000000', 1, 3],
      ['1790000000.123456789', 101, 500],
      ['101.500000000', 113, 3],
      // A simple packet block has no time of its own.
      ['101.500000000', 101, 3],
    ]);
    expect(end).toEqual({ damage: null, linkTypes: [1, 101, 113], dropped: 7 });
  });

  it.each([
    ['a packet of an interface that was never described', enhanced(true, 3, 0n, A)],
    ['a block that claims 4 GB', words(true, [6, 0xfffffff0, 0, 0])],
    ['a block shorter than its own frame', words(true, [6, 8, 8, 0])],
    ['a block whose two lengths differ', Buffer.concat([words(true, [7, 16, 0]), words(true, [20])])],
    ['a packet that claims more bytes than its block', block(true, 6, words(true, [0, 0, 0, 4000, 4000, 0]))],
  ])('ends at %s', (_, unsound) => {
    const file = Buffer.concat([section(true), describe(true, 1), enhanced(true, 0, 0n, A), unsound]);

    const { packets, end } = read(file);

    expect(packets).toHaveLength(1);
    expect(end.damage).toBe('damaged record');
  });
});

it.each([
  // Units per second (tsresol), the units, and the time that they are.
  [6, 0xffff_ffff_ffff_ffffn, '18446744073709.551615000'],
  [9, 1_790_000_000_999_999_999n, '1790000000.999999999'],
  [9, 0xffff_ffff_ffff_ffffn, '18446744073.709551615'],
  [8, 1_790_000_000_999_999_99n, '1790000000.999999990'],
  [0, 1_790_000_000n, '1790000000.000000000'],
  [3, 0xffff_ffff_ffffn, '281474976710.655000000'],
  [12, 1_790_000_000_999_999n, '1790.000000999'],
  [0x80 | 30, (7n << 30n) + 1n, '7.000000000'],
  [0x80 | 9, 0xff_ffff_ffff_ffffn, '140737488355327.998046875'],
])('time stamps of resolution %i are exact: %s', (resolution, units, time) => {
  const file = Buffer.concat([
    section(true),
    describe(true, 1, [[9, Buffer.from([resolution])]]),
    enhanced(true, 0, units, A),
  ]);

  expect(read(file).packets.map((packet) => packet.time)).toEqual([time]);
});

group('any capture file', () => {
  const files: [string, Buffer][] = [
    ['pcap', pcap([{ data: A }, { data: B }, { data: Buffer.alloc(200, 7) }, { data: A }])],
    [
      'pcapng',
      Buffer.concat([section(true), describe(true, 1), enhanced(true, 0, 5n, A), enhanced(true, 0, 6n, B)]),
    ],
  ];

  it.each(files)('reads the same however it is cut into pieces: %s', (_, file) => {
    const whole = read(file);

    expect(whole.packets.map(({ record, data }) => record.includes(data))).not.toContain(false);
    for (const size of [1, 2, 3, 7, 16, 24, 25, 97]) expect(read(file, size)).toEqual(whole);
  });

  it.each(files)('gives the packets in front of a cut: %s', (_, file) => {
    const whole = read(file).packets;

    for (let length = 4; length < file.length; length += 1) {
      const { packets, end } = read(file.subarray(0, length), 5);

      expect(packets).toEqual(whole.slice(0, packets.length));
      if (end.damage !== null) expect(end.damage).toBe('cut short');
    }
    expect(read(file.subarray(0, -1)).packets).toHaveLength(whole.length - 1);
  });

  it.each(['', 'abc', 'this is no capture', '<html>'])('is not what begins with "%s"', (text) => {
    expect(read(Buffer.from(text)).end.damage).toBe('not a capture');
  });
});

/** An option with its value, padded. */
const text = (little: boolean, code: number, value: string | Buffer) => {
  const bytes = Buffer.from(value);
  const head = little ? [code, bytes.length] : [bytes.length, code];
  const word = little ? (head[0] ?? 0) | ((head[1] ?? 0) << 16) : ((head[1] ?? 0) << 16) | (head[0] ?? 0);
  return Buffer.concat([words(little, [word]), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
};
/** An interface description block of snap length 96. */
const described = (little: boolean, options: readonly Buffer[]) =>
  block(
    little,
    1,
    Buffer.concat([words(little, [little ? 1 : 0x1_0000, 96]), ...options, words(little, [0])]),
  );

group('what a file says of its recording', () => {
  it.each([true, false])('is told by pcapng interface by interface (little endian: %s)', (little) => {
    const file = Buffer.concat([
      section(little),
      described(little, [
        text(little, 2, 'eth0'),
        text(little, 3, 'uplink'),
        text(little, 11, Buffer.concat([Buffer.from([0]), Buffer.from('port 53')])),
        text(little, 12, 'Linux 6.8'),
      ]),
      described(little, [text(little, 11, Buffer.from([1, 2, 3]))]),
      statistics(little, 0, 17),
    ]);

    expect(recordingOf(file)).toEqual({
      application: null,
      recorders: [
        {
          linkType: 1,
          snapLength: 96,
          name: 'eth0',
          description: 'uplink',
          filter: 'port 53',
          operatingSystem: 'Linux 6.8',
          dropped: 17,
        },
        {
          linkType: 1,
          snapLength: 96,
          name: null,
          description: null,
          filter: null,
          operatingSystem: null,
          dropped: null,
        },
      ],
    });
  });

  it('is bounded, however much a file says', () => {
    const many = Array.from({ length: 40 }, () => described(true, [text(true, 2, 'n'.repeat(60_000))]));
    const { recorders } = recordingOf(Buffer.concat([section(true), ...many]));

    expect(recorders).toHaveLength(16);
    expect(recorders[0]?.name).toHaveLength(200);
  });

  it('is the link type and snap length alone in a classic pcap file', () => {
    expect(recordingOf(pcap([]))).toMatchObject({
      application: null,
      recorders: [{ linkType: 1, snapLength: 65_535, name: null, dropped: null }],
    });
  });
});
