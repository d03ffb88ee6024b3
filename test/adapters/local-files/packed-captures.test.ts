import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCaptureFiles } from '../../../src/adapters/local-files/capture-files.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';
import { packetsOf, pcap, pcapng } from './capture-bytes.ts';

const MAX_BYTES = 4 * 1024 ** 2;
const { signal } = new AbortController();
const dir = eachStateDir();
let files: ReturnType<typeof createCaptureFiles>;
beforeEach(() => {
  files = createCaptureFiles({ roots: [dir.path], maxBytes: MAX_BYTES });
});

const inspect = (content: Uint8Array) => {
  const path = join(dir.path, 'any-name');
  writeFileSync(path, content);
  return files.inspect(path, 'allowed roots', signal);
};

async function unpacked(content: Uint8Array) {
  const file = await inspect(content);
  const chunks = files.chunks(file, signal);
  const pieces: Buffer[] = [];
  for await (const chunk of chunks) pieces.push(Buffer.from(chunk));
  return { bytes: Buffer.concat(pieces), shortfall: chunks.shortfall(), read: chunks.bytesRead(), file };
}

/** Hardly to be packed, so that a cut or a wrong byte in it hits the capture and no table of codes. */
const capture = pcap(
  Array.from({ length: 400 }, (_, index) => ({ time: 1e9 + index, data: randomBytes(1200) })),
);
const PACK = {
  gzip: (content: Uint8Array) => gzipSync(content),
  zstd: (content: Uint8Array) =>
    zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
};

describe.each(['gzip', 'zstd'] as const)('a capture packed with %s', (packing) => {
  const pack = PACK[packing];
  const packed = pack(capture);

  it('is told by its first bytes, and by the first of what is in it', async () => {
    const ng = pcapng(packetsOf('a', 3, 1e9));

    expect(await inspect(packed)).toMatchObject({ format: 'pcap', packing, bytes: packed.length });
    expect(await inspect(pack(ng))).toMatchObject({ format: 'pcapng', packing });
  });

  it('comes unpacked, and what is read of it is counted as it lies on disk', async () => {
    const { bytes, shortfall, read } = await unpacked(packed);

    expect(bytes.equals(capture)).toBe(true);
    expect({ shortfall, read }).toEqual({ shortfall: null, read: packed.length });
  });

  it('comes whole from several streams, one behind the other', async () => {
    const cuts = [0, 1, 300, 65_536, 65_537, capture.length];
    const streams = cuts.slice(1).map((end, index) => pack(capture.subarray(cuts[index], end)));

    const { bytes, shortfall } = await unpacked(Buffer.concat(streams));

    expect(bytes.equals(capture)).toBe(true);
    expect(shortfall).toBeNull();
  });

  it('comes whole although other bytes follow it, which it tells of', async () => {
    const { bytes, shortfall } = await unpacked(Buffer.concat([packed, Buffer.from('garbage')]));

    expect(bytes.equals(capture)).toBe(true);
    expect(shortfall).toContain('not packed');
  });

  it('comes as far as it goes where its end is missing, wherever that is', async () => {
    for (const length of [packed.length - 1, packed.length - 9, packed.length >> 1]) {
      const { bytes, shortfall } = await unpacked(packed.subarray(0, length));

      expect(capture.subarray(0, bytes.length).equals(bytes)).toBe(true);
      expect(bytes.length).toBeGreaterThan(length - 256 * 1024);
      expect(shortfall).toContain('ends before');
    }
  });

  it('comes up to where it is damaged, and says so', async () => {
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, packed.length - 40_000, packed.length - 39_000);

    const { bytes, shortfall } = await unpacked(damaged);

    expect(bytes.length).toBeGreaterThan(capture.length - 256 * 1024);
    expect(shortfall).toContain('damaged');
  });

  it('ends at the limit for captures, however little it takes to get there', async () => {
    const bomb = pack(Buffer.concat([capture, Buffer.alloc(4 * MAX_BYTES)]));
    expect(bomb.length).toBeLessThan(MAX_BYTES);

    const { bytes, shortfall } = await unpacked(bomb);

    expect(bytes).toHaveLength(MAX_BYTES);
    expect(shortfall).toContain(`limit of ${MAX_BYTES} bytes`);
  });

  it('stops being unpacked when the caller gives up', async () => {
    const file = await inspect(packed);
    const caller = new AbortController();
    const chunks = files.chunks(file, caller.signal)[Symbol.asyncIterator]();
    await chunks.next();
    caller.abort();
    await chunks.return?.();

    await expect(files.inspect(file.path, 'anywhere', caller.signal)).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'empty'],
    ['an error page', Buffer.from('<html>'), 'HTML'],
    ['a packed capture', gzipSync(capture), 'once more'],
  ])('is none where it holds %s', async (_what, inside, words) => {
    await expect(inspect(pack(inside))).rejects.toMatchObject({
      code: 'NOT_A_CAPTURE',
      message: expect.stringMatching(`packed with ${packing}.*${words}`),
    });
  });
});

describe('a gzip file', () => {
  it('may have every part that its header can have', async () => {
    const header = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 2 + 4 + 8 + 16, 0, 0, 0, 0, 0, 3]),
      Buffer.from([3, 0, 1, 2, 3]),
      Buffer.from('name.pcap\0a comment\0'),
      Buffer.from([0, 0]),
    ]);
    const trailer = gzipSync(capture).subarray(-8);

    const { bytes, shortfall } = await unpacked(Buffer.concat([header, deflateRawSync(capture), trailer]));

    expect(bytes.equals(capture)).toBe(true);
    expect(shortfall).toBeNull();
  });

  it('is damaged where its checksum says so', async () => {
    const packed = gzipSync(capture);
    packed[packed.length - 8] = (packed.at(-8) ?? 0) ^ 1;

    const { bytes, shortfall } = await unpacked(packed);

    expect(bytes.equals(capture)).toBe(true);
    expect(shortfall).toContain('damaged');
  });

  it('is damaged where its name never ends', async () => {
    const header = Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]);

    await expect(inspect(Buffer.concat([header, Buffer.alloc(100_000, 'a')]))).rejects.toMatchObject({
      code: 'NOT_A_CAPTURE',
    });
  });
});

describe('a zstd file', () => {
  it('may have frames between the others that carry nothing', async () => {
    const skipped = Buffer.from('502a4d180400000061626364', 'hex');
    const packed = zstdCompressSync(capture);

    const { bytes, shortfall } = await unpacked(Buffer.concat([packed, skipped, packed, skipped]));

    expect(bytes.equals(Buffer.concat([capture, capture]))).toBe(true);
    expect(shortfall).toBeNull();
  });
});
