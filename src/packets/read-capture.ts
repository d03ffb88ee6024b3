import { u32 } from './bytes.ts';
import { isPcap } from './formats/pcap-variant.ts';
import { createPcapWalker } from './formats/pcap.ts';
import { createPcapngWalker, PCAPNG_MAGIC } from './formats/pcapng.ts';
import type { Damage, OnPacket, Recording, RecordWalker } from './formats/record.ts';

/** How the reading of a file went. */
export interface CaptureEnd {
  /** Why it ended before the end of the file; null where every record was read. */
  damage: Damage | null;
  /** LINKTYPE_ numbers in order of appearance. */
  linkTypes: readonly number[];
  /** Packets that the capturing side says it lost; null where the file does not say. */
  dropped: number | null;
  recording: Recording;
}

/** Takes a capture file piece by piece; at most one record (16 MiB) is held between two pieces. */
export interface CaptureReader {
  push(chunk: Uint8Array): void;
  /** Says that no more comes, which can hand over packets: of a file with less than three. */
  end(): CaptureEnd;
  /** Whether nothing behind what was pushed can be read any more. */
  isOver(): boolean;
}

const MAGIC_BYTES = 4;
const FIRST_HOLD = 256;

/** Reads a pcap or pcapng file, however it is cut into pieces, and hands over its packets in file order. */
export function createCaptureReader(onPacket: OnPacket): CaptureReader {
  const walker = createSniffingWalker(onPacket);
  const hold = createHold();
  let needs = MAGIC_BYTES;
  let over = false;
  /** Bytes of the file in front of what is walked through next. */
  let passed = 0;

  /** Reads records from the beginning of `bytes`; answers where the first one begins that is not whole. */
  const walk = (bytes: Uint8Array, from: number, end: number, isEnd: boolean): number => {
    let at = from;
    while (at < end) {
      const taken = walker.next(bytes, at, end, passed + at - from, isEnd);
      if (taken <= 0) {
        over = taken === 0;
        needs = -taken;
        break;
      }
      at += taken;
    }
    passed += at - from;
    return at;
  };
  /** Adds to what is held, which is the beginning of one record, no more than that record needs. */
  const complete = (chunk: Uint8Array, from: number): number => {
    const count = Math.min(needs - hold.length(), chunk.length - from);
    hold.add(chunk, from, count);
    if (hold.length() >= needs) hold.drop(walk(hold.bytes(), 0, hold.length(), false));
    return from + count;
  };

  return {
    push(chunk) {
      // Of one class, whatever kind of array the caller reads into: the fastest for all that look at its bytes.
      const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
      let at = 0;
      for (;;) {
        if (over || at >= bytes.length) return;
        if (hold.length() === 0) break;
        at = complete(bytes, at);
      }
      const rest = walk(bytes, at, bytes.length, false);
      if (!over) hold.add(bytes, rest, bytes.length - rest);
    },
    end: () => {
      if (!over) hold.drop(walk(hold.bytes(), 0, hold.length(), true));
      return {
        damage: walker.damage() ?? (hold.length() === 0 ? null : 'cut short'),
        linkTypes: walker.linkTypes(),
        dropped: walker.dropped(),
        recording: walker.recording(),
      };
    },
    isOver: () => over,
  };
}

/** The beginning of a record that is not whole yet. */
function createHold() {
  let held = new Uint8Array(FIRST_HOLD);
  let length = 0;
  return {
    bytes: () => held,
    length: () => length,
    add(chunk: Uint8Array, from: number, count: number): void {
      if (length + count > held.length) {
        const larger = new Uint8Array(Math.max(held.length * 2, length + count));
        larger.set(held.subarray(0, length));
        held = larger;
      }
      held.set(chunk.subarray(from, from + count), length);
      length += count;
    },
    /** Forgets the first `count` bytes. */
    drop(count: number): void {
      held.copyWithin(0, count, length);
      length -= count;
    },
  };
}

/** Finds out by the first bytes which walker fits, and is that one from then on. */
function createSniffingWalker(onPacket: OnPacket): RecordWalker {
  let walker: RecordWalker | Damage | null = null;
  const chosen = (): RecordWalker | null => (typeof walker === 'string' ? null : walker);
  return {
    next: (bytes, at, end, offset, isEnd) => {
      if (walker === null && end - at < MAGIC_BYTES) return -MAGIC_BYTES;
      walker ??= walkerFor(bytes, at, onPacket);
      return typeof walker === 'string' ? 0 : walker.next(bytes, at, end, offset, isEnd);
    },
    damage: () => (walker === null ? 'not a capture' : typeof walker === 'string' ? walker : walker.damage()),
    linkTypes: () => chosen()?.linkTypes() ?? [],
    dropped: () => chosen()?.dropped() ?? null,
    recording: () => chosen()?.recording() ?? { application: null, recorders: [] },
  };
}

function walkerFor(bytes: Uint8Array, at: number, onPacket: OnPacket): RecordWalker | Damage {
  if (u32(bytes, at) === PCAPNG_MAGIC) return createPcapngWalker(onPacket);
  return isPcap(bytes, at) ? createPcapWalker(onPacket) : 'not a capture';
}
