import { describe, expect, it } from 'vitest';
import { newRecordHeader, type RecordHeader } from '../../../src/packets/formats/record.ts';
import { conversationNumber, createCaptureIndex } from '../../../src/packets/index/capture-index.ts';

interface Record {
  offset: number;
  recordLength?: number;
  seconds?: number;
  conversation?: number;
}

/** An index over records of 100 bytes that stand where they are said to. */
function indexOf(records: readonly Record[], mostPackets?: number) {
  const index = createCaptureIndex(mostPackets);
  const header: RecordHeader = newRecordHeader();
  for (const { offset, recordLength = 100, seconds = 0, conversation = -1 } of records) {
    index.add(Object.assign(header, { offset, recordLength, seconds }), conversation);
  }
  return index;
}

const many = (count: number, conversationOf: (n: number) => number = () => 0): Record[] =>
  Array.from({ length: count }, (_, n) => ({
    offset: 24 + n * 100,
    seconds: n,
    conversation: conversationOf(n),
  }));

describe('the index of a capture', () => {
  it('finds the packets of conversations in their order, as many as are wanted and none too late', () => {
    const index = indexOf(many(200_000, (n) => n % 1000));

    expect(index.framesOf(new Set([1, 7]), 5)).toEqual([2, 8, 1002, 1008, 2002]);
    expect(index.framesOf(new Set([7]), 1e6)).toHaveLength(200);
    expect(index.framesOf(new Set([7]), 1e6, 131_008).at(-1)).toBe(131_008);
    expect(index.framesOf(new Set([5000]), 5)).toEqual([]);
  });

  it('tells of each packet its conversation and time, also beyond a block', () => {
    const index = indexOf(many(70_000, (n) => n));

    expect([1, 65_536, 65_537, 70_000].map((frame) => index.conversationOf(frame))).toEqual([
      0, 65_535, 65_536, 69_999,
    ]);
    expect([0, 70_001].map((frame) => [index.conversationOf(frame), index.timeOf(frame)])).toEqual([
      [-1, null],
      [-1, null],
    ]);
    expect(index.timeOf(70_000)).toBe(69_999);
  });

  it('keeps the time of a clock that jumps by years', () => {
    const index = indexOf(
      [1_000_000_000, 4_000_000_000, 5].map((seconds, n) => ({ offset: 24 + n * 100, seconds })),
    );

    expect([1, 2, 3].map((frame) => index.timeOf(frame))).toEqual([1_000_000_000, 4_000_000_000, 5]);
  });

  it('reads beside a record all that stands between records in front of it, and what touches at once', () => {
    const index = indexOf([
      { offset: 24 },
      { offset: 124 },
      { offset: 300 },
      { offset: 400 },
      { offset: 600 },
    ]);

    expect(index.placesOf([1])).toEqual([{ offset: 0, length: 124 }]);
    expect(index.placesOf([2, 4])).toEqual([
      { offset: 0, length: 24 },
      { offset: 124, length: 176 },
      { offset: 400, length: 100 },
    ]);
    expect(index.placesOf([5, 99])).toEqual([
      { offset: 0, length: 24 },
      { offset: 224, length: 76 },
      { offset: 500, length: 200 },
    ]);
    expect(index.placesOf([])).toEqual([]);
  });

  it('knows places beyond 4 GiB, and beyond what 32 bits tell from one packet to the next', () => {
    const far = 9 * 2 ** 32 + 5;
    const index = indexOf([{ offset: 24 }, { offset: far }, { offset: far + 100 }]);

    expect(index.placesOf([3]).at(-1)).toEqual({ offset: far + 100, length: 100 });
    expect(index.placesOf([2])).toEqual([
      { offset: 0, length: 24 },
      { offset: 124, length: far + 100 - 124 },
    ]);
  });

  it('says how much found no room in it', () => {
    const index = indexOf(many(10), 4);

    expect([index.packets(), index.leftOut()]).toEqual([4, 6]);
    expect(index.placesOf([4, 5])).toEqual([
      { offset: 0, length: 24 },
      { offset: 324, length: 100 },
    ]);
  });

  it('gives up where something stands in front of every packet, which would have no end', () => {
    const index = indexOf(Array.from({ length: 70_000 }, (_, n) => ({ offset: 200 * n + 24 })));

    expect(index.packets()).toBe(65_536);
    expect(index.leftOut()).toBe(70_000 - 65_536);
  });

  it('counts TCP and UDP apart, and what is in no conversation as that', () => {
    expect(new Set([conversationNumber('tcp', 3), conversationNumber('udp', 3)]).size).toBe(2);
    expect(conversationNumber('udp', -1)).toBe(-1);
  });
});
