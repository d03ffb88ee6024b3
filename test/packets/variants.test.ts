import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe as group, expect, it, onTestFinished } from 'vitest';
import { createCaptureReader, type CaptureEnd } from '../../src/packets/read-capture.ts';
import { block, describe, enhanced, section, words } from './files.ts';

/** Time, length on the wire, captured length and link type of each packet, as the reader tells them. */
function read(file: Buffer, size = file.length): { packets: string[]; end: CaptureEnd } {
  const packets: string[] = [];
  const reader = createCaptureReader((_, start, end, { seconds, nanoseconds, wireLength, linkType }) => {
    const time = `${seconds}.${String(nanoseconds).padStart(9, '0')}`;
    packets.push([time, wireLength, end - start, linkType].join(' '));
  });
  for (let at = 0; at < file.length; at += size) reader.push(file.subarray(at, at + size));
  return { packets, end: reader.end() };
}

interface Variant {
  magic?: number;
  version?: [number, number];
  network?: number;
  /** Behind the file header, and behind the header of each record. */
  headerExtra?: number;
  extra?: (little: boolean) => Buffer;
  /** The length on the wire comes first. */
  swapped?: boolean;
}

const DATA = [20, 120, 20, 90].map((length) => Buffer.alloc(length, 0xee));
const SECONDS = 1_000_000_000;

function variant(little: boolean, count: number, options: Variant): Buffer {
  const { magic = 0xa1b2c3d4, version = [2, 4], network = 1, headerExtra = 0, swapped = false } = options;
  const extra = options.extra?.(little) ?? Buffer.alloc(0);
  const both = little ? version[0] | (version[1] << 16) : (version[0] << 16) | version[1];
  const header = words(little, [magic, both, 0, 0, 65_535, network]);
  const records = DATA.slice(0, count).flatMap((data, index) => {
    const lengths = [data.length, data.length + index];
    return [
      words(little, [SECONDS + index, 500, ...(swapped ? lengths.toReversed() : lengths)]),
      extra,
      data,
    ];
  });
  return Buffer.concat([header, Buffer.alloc(headerExtra, 9), ...records]);
}

/** What every variant below holds, with time stamps of this many nanoseconds a unit. */
const expected = (count: number, unit: number, linkType = 1): string[] =>
  DATA.slice(0, count).map((data, index) =>
    [
      `${SECONDS + index}.${String(500 * unit).padStart(9, '0')}`,
      data.length + index,
      data.length,
      linkType,
    ].join(' '),
  );

/** Interface, EtherType and packet type, as patched versions of libpcap wrote them. */
const kuznetzov = (little: boolean, bytes: number): Buffer => {
  const extra = Buffer.alloc(bytes);
  words(little, [2]).copy(extra);
  if (little) extra.writeUInt16LE(0x0800, 4);
  else extra.writeUInt16BE(0x0800, 4);
  return extra;
};

const VARIANTS: [string, Variant, number][] = [
  ['ordinary', {}, 1000],
  ['Kuznetzov’s first patch', { extra: (little) => kuznetzov(little, 8) }, 1000],
  ['Kuznetzov’s last patch', { magic: 0xa1b2cd34, extra: (little) => kuznetzov(little, 8) }, 1000],
  ['the one of SuSE', { magic: 0xa1b2cd34, extra: (little) => kuznetzov(little, 12) }, 1000],
  ['Nokia’s', { extra: (little) => words(little, [0x9fbfb601]) }, 1000],
  ['Ixia’s of software', { magic: 0x1c0001ab, headerExtra: 4 }, 1000],
  ['AIX’s', { version: [2, 2], network: 6, swapped: true }, 1],
  ['version 2.2', { version: [2, 2], swapped: true }, 1000],
  ['version 2.3', { version: [2, 3] }, 1000],
  ['version 2.3 with lengths as before', { version: [2, 3], swapped: true }, 1000],
  ['that of DG/UX', { version: [543, 0], swapped: true }, 1000],
  ['a later version', { version: [3, 0] }, 1000],
  ['with a check sequence', { network: 0x2400_0001 }, 1000],
];

const begin = (little: boolean): Buffer => Buffer.concat([section(little), describe(little, 1)]);
const packet = (little: boolean): Buffer => enhanced(little, 0, 7_000_000n, Buffer.alloc(20, 0xee));

const run = promisify(execFile);

/** Time, length and captured length that this machine's tshark tells. */
async function tsharkSees(file: Buffer): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'capwright-variant-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'variant.cap');
  writeFileSync(path, file);
  const fields = ['frame.time_epoch', 'frame.len', 'frame.cap_len'].flatMap((field) => ['-e', field]);
  const argv = ['-n', '-r', path, '-T', 'fields', '-E', 'separator= ', ...fields];
  const { stdout } = await run('tshark', argv);
  return stdout.split('\n').filter((line) => line !== '');
}

group('a pcap file', () => {
  it.each(VARIANTS)('of any variant is read, in either byte order: %s', (_, options, unit) => {
    for (const little of [true, false]) {
      for (const count of [1, 2, 3, 4]) {
        // One record alone cannot tell a first patch from damage, and is read all the same.
        const { packets, end } = read(variant(little, count, options));
        expect(packets).toEqual(expected(count, unit));
        expect(end).toMatchObject({ linkTypes: [1] });
        if (count > 1) expect(end.damage).toBeNull();
      }
    }
  });

  it('of any variant is read as tshark reads it', async () => {
    const files = VARIANTS.map(([, options]) => variant(true, 4, options));

    const theirs = await Promise.all(files.map(tsharkSees));

    for (const [index, file] of files.entries()) {
      expect(read(file).packets.map((line) => line.replace(/ 1$/, ''))).toEqual(theirs[index]);
    }
  });

  it.each(VARIANTS)('reads the same however it is cut into pieces: %s', (_, options) => {
    const file = variant(true, 4, options);
    const whole = read(file);

    for (const size of [1, 3, 16, 24, 41, 97]) expect(read(file, size)).toEqual(whole);
  });

  it('of hardware captures of Ixia counts nanoseconds', () => {
    expect(read(variant(true, 4, { magic: 0x1c0001ac, headerExtra: 4 })).packets).toEqual(expected(4, 1));
  });

  it('of a version before 2.0 is refused', () => {
    expect(read(variant(true, 1, { version: [1, 2] }))).toMatchObject({
      packets: [],
      end: { damage: 'unsupported variant' },
    });
  });
});

group('a pcapng file', () => {
  const PACKET = '7.000000000 20 20 1';

  it.each([true, false])('with blocks that hold no packets is read (little-endian: %s)', (little) => {
    const file = Buffer.concat([
      begin(little),
      // Names of addresses, secrets, a kind that nobody knows, and statistics of an interface that does not exist.
      block(little, 4, words(little, [0])),
      block(little, 10, words(little, [0x544c534b, 0])),
      block(little, 0x7777_7777, Buffer.from('abcd')),
      block(little, 5, words(little, [9, 0, 0])),
      packet(little),
    ]);

    expect(read(file)).toMatchObject({
      packets: [PACKET],
      end: { damage: null, linkTypes: [1], dropped: null },
    });
  });

  it('counts custom blocks and entries of a journal as frames, as tshark does', () => {
    const custom = block(true, 0x0bad, words(true, [1, 0x61626364]));
    const journal = block(true, 9, Buffer.from('MESSAGE=abcd'));

    const { packets, end } = read(Buffer.concat([begin(true), packet(true), custom, journal, packet(true)]));

    expect(packets).toEqual([PACKET, '7.000000000 4 4 65535', '7.000000000 12 12 65535', PACKET]);
    expect(end.linkTypes).toEqual([1]);
  });

  it('whose block lengths leave out the padding is read', () => {
    const unpadded = Buffer.concat([words(true, [0x7777, 18]), Buffer.from('abcdef\0\0'), words(true, [18])]);

    expect(read(Buffer.concat([begin(true), unpadded, packet(true)])).packets).toEqual([PACKET]);
  });

  it('ends at a packet whose options are not whole, as tshark does', () => {
    const option = words(true, [1 | (200 << 16), 0x61616161]);
    const body = Buffer.concat([words(true, [0, 0, 7_000_000, 20, 20]), Buffer.alloc(20, 0xee), option]);

    const { packets, end } = read(Buffer.concat([begin(true), packet(true), block(true, 6, body)]));

    expect(packets).toEqual([PACKET]);
    expect(end.damage).toBe('damaged record');
  });
});
