/** What the index keeps of one packet. */
interface Entry {
  offset: number;
  conversation: number;
  /** Since the first packet of the capture. */
  milliseconds: number;
}

/** Packets in the order of their frames, 16 bytes each: clocks that jump by years need the wide times. */
export interface Blocks {
  push(offset: number, conversation: number, milliseconds: number): void;
  count(): number;
  find(frame: number): Entry | null;
  framesOf(conversations: ReadonlySet<number>, most: number, upTo: number): number[];
  visit(upTo: ReadonlyMap<number, number>, onPacket: (frame: number, conversation: number) => void): void;
}

/** A block begins early where offsets outgrow 32 bits. */
const BLOCK_PACKETS = 65_536;
const LARGEST_DELTA = 0xffff_ffff;

interface Block {
  /** Its first frame. */
  first: number;
  count: number;
  base: number;
  /** From the base. */
  offsets: Uint32Array;
  conversations: Int32Array;
  milliseconds: Float64Array;
}

export function createBlocks(mostPackets: number): Blocks {
  const blocks: Block[] = [];
  let count = 0;
  const blockFor = (offset: number): Block => {
    const last = blocks.at(-1);
    if (last !== undefined && last.count < BLOCK_PACKETS && offset - last.base <= LARGEST_DELTA) return last;
    const block = newBlock(count + 1, offset, Math.min(BLOCK_PACKETS, mostPackets - count));
    blocks.push(block);
    return block;
  };
  return {
    push(offset, conversation, milliseconds) {
      const block = blockFor(offset);
      block.offsets[block.count] = offset - block.base;
      block.conversations[block.count] = conversation;
      block.milliseconds[block.count] = milliseconds;
      block.count += 1;
      count += 1;
    },
    count: () => count,
    find(frame) {
      const block = frame < 1 || frame > count ? undefined : blockOf(blocks, frame);
      if (block === undefined) return null;
      const row = frame - block.first;
      return {
        offset: block.base + (block.offsets[row] ?? 0),
        conversation: block.conversations[row] ?? -1,
        milliseconds: block.milliseconds[row] ?? 0,
      };
    },
    framesOf(conversations, most, upTo) {
      const frames: number[] = [];
      for (const { first, count: rows, conversations: numbers } of blocks) {
        for (let row = 0; row < rows && frames.length < most; row += 1) {
          if (first + row > upTo) return frames;
          if (conversations.has(numbers[row] ?? -1)) frames.push(first + row);
        }
      }
      return frames;
    },
    visit(upTo, onPacket) {
      const last = Math.max(0, ...upTo.values());
      for (const { first, count: rows, conversations } of blocks) {
        for (let row = 0; row < rows; row += 1) {
          const frame = first + row;
          if (frame > last) return;
          const conversation = conversations[row] ?? -1;
          if (frame <= (upTo.get(conversation) ?? 0)) onPacket(frame, conversation);
        }
      }
    },
  };
}

function blockOf(blocks: readonly Block[], frame: number): Block | undefined {
  let low = 0;
  for (let high = blocks.length - 1; low < high;) {
    const middle = (low + high + 1) >> 1;
    if ((blocks[middle]?.first ?? 0) <= frame) low = middle;
    else high = middle - 1;
  }
  return blocks[low];
}

const newBlock = (first: number, base: number, room: number): Block => ({
  first,
  count: 0,
  base,
  offsets: new Uint32Array(room),
  conversations: new Int32Array(room),
  milliseconds: new Float64Array(room),
});
