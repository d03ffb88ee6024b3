import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createCaptureFiles } from '../../../src/adapters/local-files/capture-files.ts';
import { cutPackets } from '../../../src/forensics/drill-down/cut-packets.ts';
import { createCaptureIndex } from '../../../src/packets/index/capture-index.ts';
import { createCaptureReader } from '../../../src/packets/read-capture.ts';
import { packetsOf, pcap, pcapng } from '../../adapters/local-files/capture-bytes.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';

const { signal } = new AbortController();
const dir = eachStateDir();

/** Writes a capture, indexes it, and cuts frames out of it. */
async function cutOf(content: Uint8Array, frames: readonly number[], maxBytes = 1e6) {
  const files = createCaptureFiles({ roots: [], maxBytes: 1e8 });
  const path = join(dir.path, 'a.cap');
  writeFileSync(path, content);
  const file = await files.inspect(path, 'anywhere', signal);
  const index = createCaptureIndex();
  const reader = createCaptureReader((_bytes, _start, _end, header) => index.add(header, 0));
  for await (const chunk of files.chunks(file, signal)) reader.push(chunk);
  reader.end();
  return cutPackets((places) => files.places(file, places, signal), index, frames, { maxBytes });
}

/** What tshark reads of every packet, its number left out. */
function read(content: Uint8Array): string[] {
  const path = join(dir.path, 'read.cap');
  writeFileSync(path, content);
  const fields = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'eth.src', 'data.data', 'sll.pkttype'];
  const argv = ['-n', '-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  return execFileSync('tshark', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .split('\n')
    .slice(0, -1);
}

const START = 1_790_000_000;
/** Sections of both byte orders, with interfaces of their own, one of them not Ethernet. */
const sections = Buffer.concat([
  pcapng(packetsOf('a', 30, START)),
  pcapng(packetsOf('b', 30, START + 100.5), { big: true }),
  pcapng(packetsOf('c', 30, START + 200), { linkType: 113 }),
]);

describe('packets cut out of a capture', () => {
  it.each([
    ['classic pcap', pcap(packetsOf('p', 90, START))],
    [
      'pcap of the other byte order with nanoseconds',
      pcap(packetsOf('p', 90, START + 0.25), { big: true, nanoseconds: true }),
    ],
    ['pcapng', sections],
    ['pcap packed with gzip', pcap(packetsOf('p', 90, START))],
    ['pcapng packed with zstd', sections],
  ])('are to tshark what they were in %s', async (name, content) => {
    const packed = name.includes('gzip')
      ? gzipSync(content)
      : name.includes('zstd')
        ? zstdCompressSync(content)
        : content;
    const frames = [1, 2, 30, 31, 59, 61, 62, 63, 90];

    const cut = await cutOf(packed, frames);

    const whole = read(content);
    expect(cut).toMatchObject({ frames, leftOut: 0 });
    expect(read(cut.bytes)).toEqual(frames.map((frame) => whole[frame - 1]));
  });

  it('are found where the file ends before a record that it has lost since', async () => {
    const content = pcap(packetsOf('p', 20, START));

    expect(await cutOf(content.subarray(0, -5), [1, 19, 20])).toMatchObject({ frames: [1, 19], leftOut: 1 });
  });

  it('are no more than fit, the first of them, and it says how many are missing', async () => {
    const cut = await cutOf(pcap(packetsOf('p', 90, START)), [3, 4, 5, 6, 7], 500);

    expect(cut.bytes.length).toBeLessThanOrEqual(500);
    expect(cut.frames.length).toBeGreaterThan(0);
    expect(cut.frames).toEqual([3, 4, 5, 6, 7].slice(0, cut.frames.length));
    expect(cut.leftOut).toBe(5 - cut.frames.length);
    expect(read(cut.bytes)).toHaveLength(cut.frames.length);
  });

  it('are none where none are asked for', async () => {
    expect(await cutOf(sections, [])).toMatchObject({ frames: [], leftOut: 0 });
  });
});
