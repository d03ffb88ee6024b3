import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { combineCaptures } from '../../../src/adapters/local-files/combine-captures.ts';
import type { Combined } from '../../../src/ports.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';
import { tsharkPresent } from '../../local-azure/traffic/tshark.ts';
import { frame, packetsOf, pcap, pcapng } from './capture-bytes.ts';

const dir = eachStateDir();

const START = 1_790_000_000;
const still = new AbortController().signal;

function combine(parts: readonly Buffer[], options: { maxBytes?: number; signal?: AbortSignal } = {}) {
  const paths = parts.map((bytes, index) => {
    const path = join(dir.path, `part-${index}.cap`);
    writeFileSync(path, bytes);
    return path;
  });
  return combineCaptures(paths, into(), {
    maxBytes: options.maxBytes ?? 1e9,
    signal: options.signal ?? still,
    newName: () => 'writer',
  });
}

const into = (): string => join(dir.path, 'combined.cap');

function partsOf(result: Combined) {
  return result.combined ? result.parts : expect.unreachable(result.why);
}

/** The names that the packets of a file carry, in their order, as tshark reads them. */
function read(path: string): { names: string[]; complaint: string } {
  const run = spawnSync('tshark', ['-n', '-r', path, '-T', 'fields', '-e', 'data.text', '-e', 'data'], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  const names = run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      Buffer.from(line.split('\t').at(-1) ?? '', 'hex')
        .toString()
        .replace(/\.+$/, ''),
    );
  return {
    names,
    complaint: run.stderr
      .split('\n')
      .filter((line) => /appears|damaged|corrupt|error/i.test(line))
      .join(),
  };
}

const named = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);

const withTshark = tsharkPresent();

describe.each([
  { format: 'classic pcap', write: pcap },
  { format: 'pcapng', write: pcapng },
])('consecutive files of $format', ({ write }) => {
  it.runIf(withTshark)('become one file with exactly their packets, earliest file first', async () => {
    const result = await combine([
      write(packetsOf('late', 3, START + 100)),
      write(packetsOf('early', 2, START)),
      write(packetsOf('middle', 4, START + 50)),
    ]);

    expect(partsOf(result).map(({ name, packets }) => [name, packets])).toEqual([
      ['part-1.cap', 2],
      ['part-2.cap', 4],
      ['part-0.cap', 3],
    ]);
    expect(read(into())).toEqual({
      names: [...named('early', 2), ...named('middle', 4), ...named('late', 3)],
      complaint: '',
    });
  });

  it.runIf(withTshark)('lose only the torn end of a file, which damages nothing of the next', async () => {
    const torn = write(packetsOf('torn', 5, START));
    const cut = torn.length - write(packetsOf('torn', 4, START)).length;

    const result = await combine([torn.subarray(0, -7), write(packetsOf('whole', 3, START + 9))]);

    expect(partsOf(result)[0]).toMatchObject({ packets: 4, leftOutBytes: cut - 7 });
    expect(read(into())).toEqual({ names: [...named('torn', 4), ...named('whole', 3)], complaint: '' });
  });

  it('are listed with size, hash and the times of their first and last packet', async () => {
    const bytes = write(packetsOf('a', 3, START));

    const [part] = partsOf(await combine([bytes, write([])]));

    expect(part).toEqual({
      name: 'part-0.cap',
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      packets: 3,
      firstPacketAt: new Date(START * 1000).toISOString(),
      lastPacketAt: new Date((START + 2) * 1000).toISOString(),
      leftOutBytes: 0,
    });
  });

  it.runIf(withTshark)('stay readable when they are longer than one read', async () => {
    const many = packetsOf('x', 30_000, START);

    await combine([write(many), write(packetsOf('y', 2, START + 1e6))]);

    const { names, complaint } = read(into());
    expect(names).toEqual([...named('x', 30_000), ...named('y', 2)]);
    expect(complaint).toBe('');
  });
});

describe('packed files', () => {
  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])(
    'of %s are put together unpacked, told as they lie on disk, and no copy of them stays',
    async (_how, pack) => {
      const packed = pack(pcap(packetsOf('b', 3, START + 10)));

      const result = await combine([packed, pcap(packetsOf('a', 2, START))]);

      expect(read(into()).names).toEqual([...named('a', 2), ...named('b', 3)]);
      expect(partsOf(result)[1]).toMatchObject({
        name: 'part-0.cap',
        bytes: packed.length,
        sha256: createHash('sha256').update(packed).digest('hex'),
        packets: 3,
        leftOutBytes: 0,
      });
      expect(readdirSync(dir.path).toSorted()).toEqual(['combined.cap', 'part-0.cap', 'part-1.cap']);
    },
  );

  it('are not unpacked beyond the limit', async () => {
    const bomb = gzipSync(Buffer.concat([pcap(packetsOf('a', 2, START)), Buffer.alloc(1e7)]));

    const result = await combine([bomb, bomb], { maxBytes: 1e5 });

    expect(result).toMatchObject({ combined: false, why: expect.stringContaining('limit of 100000') });
    expect(readdirSync(dir.path).toSorted()).toEqual(['part-0.cap', 'part-1.cap']);
  });
});

describe('the combined file', () => {
  const one = pcap(packetsOf('a', 2, START));

  it('is private, and leaves the parts as they were', async () => {
    await combine([one, one]);

    expect(statSync(into()).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dir.path, 'part-0.cap'))).toEqual(one);
  });

  it('has the widest snap length, and the same bytes each time', async () => {
    const parts = [pcap(packetsOf('a', 1, START), { snapLength: 64 }), one];
    await combine(parts);
    const first = readFileSync(into());

    await combine(parts);

    expect(first.readUInt32LE(16)).toBe(65_535);
    expect(readFileSync(into())).toEqual(first);
  });

  it.runIf(withTshark)('can hold sections of both byte orders', async () => {
    await combine([pcapng(packetsOf('a', 2, START)), pcapng(packetsOf('b', 2, START + 9), { big: true })]);

    expect(read(into())).toEqual({ names: [...named('a', 2), ...named('b', 2)], complaint: '' });
  });

  it.runIf(withTshark)('takes nothing of a file that is no capture, and lists it as left out', async () => {
    const result = await combine([Buffer.from('<html>denied</html>'), one, Buffer.alloc(0)]);

    expect(partsOf(result).map(({ packets, leftOutBytes }) => [packets, leftOutBytes])).toEqual([
      [2, 0],
      [0, 19],
      [0, 0],
    ]);
    expect(read(into()).names).toEqual(named('a', 2));
  });

  it.runIf(withTshark)(
    'takes nothing behind a record that claims to be longer than packets are',
    async () => {
      const lying = Buffer.concat([one, one.subarray(24)]);
      lying.writeUInt32LE(262_145, 24 + 2 * 76 + 8);

      await combine([lying, pcap(packetsOf('b', 1, START + 9))]);

      expect(read(into())).toEqual({ names: ['a-0', 'a-1', 'b-0'], complaint: '' });
    },
  );

  it.each([
    ['of different link types', [one, pcap(packetsOf('b', 1, START), { linkType: 113 })]],
    ['of different byte order', [one, pcap(packetsOf('b', 1, START), { big: true })]],
    ['of different resolution', [one, pcap(packetsOf('b', 1, START), { nanoseconds: true })]],
    ['of pcap and pcapng', [one, pcapng(packetsOf('b', 1, START))]],
  ])('is not made of files %s', async (_, parts) => {
    expect(await combine(parts)).toMatchObject({ combined: false, why: expect.stringContaining('differ') });
    expect(readdirSync(dir.path)).not.toContain('combined.cap');
  });

  it('is not made where it would be larger than the server reads', async () => {
    expect(await combine([one, one], { maxBytes: 200 })).toMatchObject({
      combined: false,
      why: expect.stringContaining('200 bytes'),
    });
  });

  it('is refused where no file is a capture, or one is gone', async () => {
    await expect(combine([frame('x'), frame('y')])).rejects.toMatchObject({ code: 'NOT_A_CAPTURE' });
    await expect(
      combineCaptures([join(dir.path, 'gone')], into(), { maxBytes: 1e9, signal: still, newName: () => 'w' }),
    ).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  it('leaves no rest where the call was cancelled or the disk is full', async () => {
    await expect(combine([one, one], { signal: AbortSignal.abort() })).rejects.toThrow();
    mkdirSync(join(dir.path, 'combined.cap'));
    await expect(combine([one, one])).rejects.toThrow();

    expect(readdirSync(dir.path).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('never touches the temporary file of another writer', async () => {
    const elsewhere = join(dir.path, 'elsewhere');
    writeFileSync(elsewhere, 'kept');
    symlinkSync(elsewhere, `${into()}.writer.part`);

    await expect(combine([one, one])).rejects.toMatchObject({ code: 'EEXIST' });

    expect(readFileSync(elsewhere, 'utf8')).toBe('kept');
  });
});
