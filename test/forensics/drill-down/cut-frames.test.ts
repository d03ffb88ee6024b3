import { describe, expect, it } from 'vitest';
import { cutFrames } from '../../../src/forensics/drill-down/cut-frames.ts';
import { createCaptureIndex } from '../../../src/packets/index/capture-index.ts';
import { createCaptureReader } from '../../../src/packets/read-capture.ts';
import { packetsOf, pcap } from '../../adapters/local-files/capture-bytes.ts';

const content = pcap(packetsOf('p', 100, 1_790_000_000));
/** Frames in threes: two of conversation 0, and one of the nine from 1 on, so that 3, 30 and 57 are of one; the last ten in none. */
const conversationOf = (frame: number): number => {
  if (frame > 90) return -1;
  return frame % 3 === 0 ? 1 + ((frame / 3) % 9) : 0;
};

async function cut(frames: readonly number[], most: number) {
  const index = createCaptureIndex();
  const reader = createCaptureReader((_bytes, _start, _end, header) =>
    index.add(header, conversationOf(header.number)),
  );
  reader.push(content);
  const read = async function* (places: readonly { offset: number; length: number }[]) {
    for (const { offset, length } of places) yield content.subarray(offset, offset + length);
  };
  const result = await cutFrames(index, read, { frames, most });
  let packets = 0;
  const counting = createCaptureReader(() => {
    packets += 1;
  });
  for await (const chunk of result.chunks) counting.push(chunk);
  expect(packets).toBe(result.frames.length);
  return { frames: result.frames, complete: [...result.complete] };
}

describe('frames that are cut out with what came before them', () => {
  it('bring their conversation from its first packet up to them', async () => {
    expect(await cut([30, 60], 50)).toEqual({ frames: [3, 6, 30, 33, 60], complete: [30, 60] });
  });
});

it('come without it where it is too long, which is told', async () => {
  const { frames, complete } = await cut([30, 80], 10);

  expect(frames).toEqual([3, 30, 80]);
  expect(complete).toEqual([30]);
});

it('are whole by themselves where they are in none', async () => {
  expect(await cut([95], 10)).toEqual({ frames: [95], complete: [95] });
});

it('are no more than may be, and none that the capture does not have', async () => {
  expect(await cut([95, 96, 97, 500], 2)).toEqual({ frames: [95, 96], complete: [95, 96] });
});
