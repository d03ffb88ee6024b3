import type { RecordHeader } from '../formats/record.ts';
import { createBlocks } from './blocks.ts';
import { createGaps } from './gaps.ts';

/** A stretch of a capture file; of a packed one, of what it unpacks to. */
export interface Place {
  offset: number;
  length: number;
}

/**
 * Where every packet of a capture stands in its file, when it was recorded, and to which conversation it belongs: 12
 * bytes a packet. Packets are called by their frame number, from 1.
 */
export interface CaptureIndex {
  /** Takes the packets one after the other, all of them; what finds no room any more is only counted. */
  add(header: RecordHeader, conversation: number): void;
  packets(): number;
  /** Packets behind the last that is in the index. */
  leftOut(): number;
  /** Number of the conversation; -1 where there is none, or no such frame in the index. */
  conversationOf(frame: number): number;
  /** Seconds since 1970, to the millisecond; null where there is no such frame in the index. */
  timeOf(frame: number): number | null;
  /** The frames of some conversations in their order, `most` of them, none behind `upTo`. */
  framesOf(conversations: ReadonlySet<number>, most: number, upTo?: number): number[];
  /** Tells of every packet of some conversations, each up to a frame of its own, in the order of the capture. */
  visit(upTo: ReadonlyMap<number, number>, onPacket: (frame: number, conversation: number) => void): void;
  /**
   * What has to be read of the file to have these frames, given in ascending order: their records, and all that describes
   * records in front of them. In the order of the file; frames that are not in the index are left out.
   */
  placesOf(frames: readonly number[]): Place[];
}

/** One number for a TCP connection or UDP flow, whose own numbers are counted apart; -1 for none. */
export const conversationNumber = (transport: 'tcp' | 'udp', stream: number): number =>
  stream < 0 ? -1 : 2 * stream + (transport === 'tcp' ? 0 : 1);

/** 150 MB of index. */
const MOST_PACKETS = 12_500_000;

export function createCaptureIndex(mostPackets: number = MOST_PACKETS): CaptureIndex {
  const blocks = createBlocks(mostPackets);
  const gaps = createGaps();
  let leftOut = 0;
  let end = 0;
  let startSeconds = 0;
  const offsetOf = (frame: number): number => blocks.find(frame)?.offset ?? end;
  return {
    add(header, conversation) {
      if (blocks.count() >= mostPackets || leftOut > 0 || !gaps.add(end, header.offset)) {
        leftOut += 1;
        return;
      }
      if (blocks.count() === 0) startSeconds = header.seconds;
      const since = (header.seconds - startSeconds) * 1000 + Math.trunc(header.nanoseconds / 1e6);
      blocks.push(header.offset, conversation, since);
      end = header.offset + header.recordLength;
    },
    packets: () => blocks.count(),
    leftOut: () => leftOut,
    conversationOf: (frame) => blocks.find(frame)?.conversation ?? -1,
    timeOf: (frame) => {
      const found = blocks.find(frame);
      return found === null ? null : startSeconds + found.milliseconds / 1000;
    },
    framesOf: (conversations, most, upTo = Infinity) => blocks.framesOf(conversations, most, upTo),
    visit: (upTo, onPacket) => blocks.visit(upTo, onPacket),
    placesOf(frames) {
      const wanted = frames.filter((frame) => frame >= 1 && frame <= blocks.count());
      const records = wanted.map((frame) => {
        const offset = offsetOf(frame);
        return { offset, length: gaps.before(offset, offsetOf(frame + 1)) - offset };
      });
      return inOrder(gaps.upTo(records.at(-1)?.offset ?? 0), records);
    },
  };
}

/** Both are in the order of the file, and what stands side by side is read at once. */
function inOrder(gaps: readonly Place[], records: readonly Place[]): Place[] {
  const all = [...gaps, ...records].toSorted((a, b) => a.offset - b.offset);
  const joined: Place[] = [];
  for (const { offset, length } of all) {
    const last = joined.at(-1);
    if (last !== undefined && last.offset + last.length === offset) last.length += length;
    else joined.push({ offset, length });
  }
  return joined;
}
