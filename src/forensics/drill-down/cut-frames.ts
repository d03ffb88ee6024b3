import type { CaptureIndex } from '../../packets/index/capture-index.ts';
import { cutPackets, type ReadPlaces } from './cut-packets.ts';

/** Frames of a capture with what of their conversations came before them, as a small capture of their own. */
export interface FrameCut {
  /** A file that tshark reads, in pieces. */
  chunks: AsyncIterable<Uint8Array>;
  /** Numbers in the capture of the frames in it, in their order. */
  frames: readonly number[];
  /** Those wanted frames whose conversation is in it whole from its first packet up to them, or that are in none. */
  complete: ReadonlySet<number>;
}

const CUT_BYTES = 32 * 1024 * 1024;

/**
 * Cuts `wanted` frames out of a capture that was indexed, and the conversations in front of them, short ones first, as
 * long as that makes no more than `most` frames. Throws what reading throws.
 */
export async function cutFrames(
  index: CaptureIndex,
  read: ReadPlaces,
  { frames: wanted, most }: { frames: readonly number[]; most: number },
): Promise<FrameCut> {
  const known = wanted.filter((frame) => frame >= 1 && frame <= index.packets()).slice(0, most);
  const context = contextOf(index, known, most - known.length);
  const all = [...new Set([...known, ...context.frames])].toSorted((a, b) => a - b);
  const { bytes, frames } = await cutPackets(read, index, all, { maxBytes: CUT_BYTES });
  const isWhole = frames.length === all.length;
  const complete = known.filter((frame) => {
    const conversation = index.conversationOf(frame);
    return conversation < 0 || (isWhole && context.conversations.has(conversation));
  });
  return { chunks: inOnePiece(bytes), frames, complete: new Set(complete) };
}

interface Context {
  frames: number[];
  /** Those that are in it from their first packet on. */
  conversations: ReadonlySet<number>;
}

function contextOf(index: CaptureIndex, wanted: readonly number[], room: number): Context {
  const lasts = new Map<number, number>();
  for (const frame of wanted) {
    const conversation = index.conversationOf(frame);
    if (conversation >= 0) lasts.set(conversation, Math.max(frame, lasts.get(conversation) ?? 0));
  }
  const sizes = new Map<number, number>();
  index.visit(lasts, (_frame, conversation) => {
    sizes.set(conversation, (sizes.get(conversation) ?? 0) + 1);
  });
  const chosen = new Map<number, number>();
  let left = room;
  for (const [conversation, size] of [...sizes].toSorted((a, b) => a[1] - b[1])) {
    left -= size;
    if (left < 0) break;
    chosen.set(conversation, lasts.get(conversation) ?? 0);
  }
  const frames: number[] = [];
  index.visit(chosen, (frame) => frames.push(frame));
  return { frames, conversations: new Set(chosen.keys()) };
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
