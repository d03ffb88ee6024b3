import { createPcapngWriter } from '../../packets/formats/pcapng-writer.ts';
import type { CaptureIndex, Place } from '../../packets/index/capture-index.ts';
import { createCaptureReader } from '../../packets/read-capture.ts';

/** The bytes of a file at some places, in their order, however cut into pieces. */
export type ReadPlaces = (places: readonly Place[]) => AsyncIterable<Uint8Array>;

/** Some packets of a capture as a small capture of their own. */
export interface PacketCut {
  /** A pcapng file. */
  bytes: Uint8Array;
  /** The number that each packet of it has in the capture, in the order of both. */
  frames: number[];
  /** Frames that were asked for and are not in it, because they would not fit or the file has them no more. */
  leftOut: number;
}

const FIRST_BYTES = 65_536;

/**
 * Cuts frames out of a capture that was indexed, `frames` in ascending order, into `maxBytes` bytes at most: reads only
 * what the index says stands there. Throws what reading throws.
 */
export async function cutPackets(
  read: ReadPlaces,
  index: Pick<CaptureIndex, 'placesOf'>,
  frames: readonly number[],
  { maxBytes }: { maxBytes: number },
): Promise<PacketCut> {
  const sink = createSink(maxBytes);
  const cut: number[] = [];
  let seen = 0;
  const reader = createCaptureReader((bytes, start, end, header) => {
    const frame = frames[seen];
    seen += 1;
    if (frame !== undefined && sink.write(header, bytes, start, end)) cut.push(frame);
  });
  for await (const piece of read(index.placesOf(frames))) {
    reader.push(piece);
    if (sink.isFull() || reader.isOver()) break;
  }
  reader.end();
  return { bytes: sink.bytes(), frames: cut, leftOut: frames.length - cut.length };
}

/** A pcapng file that grows in memory, up to a limit. */
function createSink(maxBytes: number) {
  const writer = createPcapngWriter();
  let room = new Uint8Array(Math.min(FIRST_BYTES, maxBytes));
  let length = 0;
  let full = false;
  return {
    write(...[header, bytes, start, end]: WriteArguments): boolean {
      const needed = length + writer.room(end - start);
      full ||= needed > maxBytes;
      if (full) return false;
      if (needed > room.length) {
        const larger = new Uint8Array(Math.min(Math.max(2 * room.length, needed), maxBytes));
        larger.set(room.subarray(0, length));
        room = larger;
      }
      const written = writer.write(room, length, header, bytes, start, end);
      length += written;
      return written > 0;
    },
    isFull: () => full,
    bytes: () => room.subarray(0, length),
  };
}

type WriteArguments =
  Parameters<ReturnType<typeof createPcapngWriter>['write']> extends [unknown, unknown, ...infer Rest]
    ? Rest
    : never;
