import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPcapngWriter } from '../../src/packets/formats/pcapng-writer.ts';
import { newRecordHeader, type RecordHeader } from '../../src/packets/formats/record.ts';
import { createCaptureReader } from '../../src/packets/read-capture.ts';
import { generateScenario } from '../../src/local-azure/traffic/scenario.ts';
import { hostTshark } from '../fakes/host-session.ts';

interface Written {
  seconds: number;
  nanoseconds: number;
  wireLength: number;
  linkType: number;
  checkSequenceBits: number | null;
  data: string;
}

const packet = (changes: Partial<Written> = {}): Written => ({
  seconds: 1_790_000_000,
  nanoseconds: 123_456_789,
  wireLength: 60,
  linkType: 1,
  checkSequenceBits: null,
  data: '02000000000202000000000188b5aa',
  ...changes,
});

function headerOf({ data: _data, checkSequenceBits, linkType, ...packet }: Written): RecordHeader {
  const from = { number: 0, linkType, snapLength: 0, checkSequenceBits };
  return { ...newRecordHeader(from), ...packet };
}

/** The packets as a file, in memory that held something else before. */
function write(packets: readonly Written[]): Buffer {
  const writer = createPcapngWriter();
  const target = Buffer.alloc(packets.length * 400 + 4_000, 0xee);
  let length = 0;
  for (const packet of packets) {
    const bytes = Buffer.from(`ffff${packet.data}ffff`, 'hex');
    const written = writer.write(target, length, headerOf(packet), bytes, 2, bytes.length - 2);
    expect(written).toBeLessThanOrEqual(writer.room(bytes.length - 4));
    length += written;
  }
  return target.subarray(0, length);
}

function read(file: Uint8Array): Written[] {
  const found: Written[] = [];
  const reader = createCaptureReader((bytes, start, end, header) => {
    const { seconds, nanoseconds, wireLength, linkType } = header;
    const data = Buffer.from(bytes.subarray(start, end)).toString('hex');
    const { checkSequenceBits } = header.from;
    found.push({ seconds, nanoseconds, wireLength, linkType, checkSequenceBits, data });
  });
  reader.push(file);
  expect(reader.end().damage).toBeNull();
  return found;
}

const tshark = (file: Uint8Array, fields: readonly string[]): string[] =>
  execFileSync(
    'bash',
    // Node's pipes are sockets, from which tshark does not read.
    ['-c', 'cat | exec "$0" "$@"', 'tshark', '-n', '-r', '-', '-T', 'fields', '-E', 'occurrence=a'].concat(
      fields.flatMap((field) => ['-e', field]),
    ),
    { input: file, encoding: 'utf8', env: { ...process.env, TZ: 'UTC' }, maxBuffer: 64 * 1024 * 1024 },
  )
    .split('\n')
    .slice(0, -1);

describe('packets written as pcapng', () => {
  it('are read back with time, length on the wire, link type and every byte', () => {
    const packets = [
      packet(),
      packet({ seconds: 0, nanoseconds: 1 }),
      packet({ linkType: 101, data: '', wireLength: 1_500 }),
      packet({ linkType: 105, checkSequenceBits: 32, data: 'd4000000' }),
      packet({ seconds: 2 ** 33 + 5, nanoseconds: 999_999_999, data: 'aabb' }),
      packet({ seconds: -7, nanoseconds: 5, data: 'aabbcc' }),
      packet({ data: 'aabbccdd' }),
    ];

    expect(read(write(packets))).toEqual(packets);
  });

  it('hold nothing of what was in the memory before', () => {
    expect(write([packet(), packet({ data: 'aa' }), packet({ data: '' })]).includes(0xee)).toBe(false);
  });

  it('share an interface as far as they can', () => {
    const once = write([packet()]).length;
    const packets = [packet(), packet({ nanoseconds: 5 }), packet({ seconds: 1 })];

    expect(write(packets).length - once).toBe(2 * (32 + 16));
  });

  it('are refused where pcapng cannot tell them, and the others are written', () => {
    const many = Array.from({ length: 5_000 }, (_, linkType) => packet({ linkType, data: '' }));

    expect(read(write([...many, packet({ seconds: Number.NaN }), packet({ linkType: 3 })]))).toHaveLength(
      4_097,
    );
  });
});

const FIELDS = [
  'frame.time_epoch',
  'frame.len',
  'frame.cap_len',
  'frame.encap_type',
  'frame.protocols',
  'ip.src',
];
const CORPUS = resolve(process.env['CAPWRIGHT_CORPUS'] ?? '../shared/corpus', 'files');
const captures = globSync('*/*cap*', { cwd: CORPUS })
  .toSorted()
  .filter((path, index) => index % 24 === 0 && !path.startsWith('bad_input'));
if (captures.length === 0)
  process.stderr.write('NOT TESTED: pcapng written from the corpus; it is not here.\n');

/** The file's packets, written anew. */
function rewritten(file: Uint8Array): Buffer {
  const writer = createPcapngWriter();
  const parts: Buffer[] = [];
  const reader = createCaptureReader((bytes, start, end, header) => {
    const target = Buffer.alloc(writer.room(end - start));
    parts.push(target.subarray(0, writer.write(target, 0, header, bytes, start, end)));
  });
  reader.push(file);
  return Buffer.concat(parts);
}

describe.runIf(hostTshark() !== null)('tshark', () => {
  it('sees in the written file what it sees in the original', () => {
    const options = {
      seed: 3,
      startTime: 1_790_000_000,
      durationSeconds: 20,
      local: { address: '10.0.0.4' },
    };
    const { pcap } = generateScenario(options);

    expect(tshark(rewritten(pcap), FIELDS)).toEqual(tshark(pcap, FIELDS));
  });

  it.each(captures)('sees in the written file what it sees in the original: %s', (capture) => {
    const file = readFileSync(join(CORPUS, capture));

    expect(tshark(rewritten(file), FIELDS)).toEqual(tshark(file, FIELDS));
  });
});
