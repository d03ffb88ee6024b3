/** Bytes as somebody needs them, over pieces as they come. */
export interface ByteSource {
  /** Takes `count` bytes; fewer only where the pieces are over. */
  take(count: number): Promise<Buffer>;
  /** Shows `count` bytes without taking them; fewer only where the pieces are over. */
  peek(count: number): Promise<Buffer>;
  /** Takes some bytes, at most `most`; none only where the pieces are over. */
  some(most: number): Promise<Buffer>;
  /** Takes back the end of what was taken last. */
  giveBack(bytes: Buffer): void;
}

/** A piece need not stay as it is once the next is asked for: what is held beyond that is copied. */
export function createByteSource(pieces: AsyncIterator<Uint8Array>): ByteSource {
  let held: Buffer = Buffer.alloc(0);
  const hold = async (count: number): Promise<void> => {
    while (held.length < count) {
      held = Buffer.from(held);
      const { value, done } = await pieces.next();
      if (done === true) {
        return;
      }
      const piece = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    }
  };
  const cut = (count: number): Buffer => {
    const taken = held.subarray(0, count);
    held = held.subarray(taken.length);
    return taken;
  };
  return {
    take: async (count) => {
      await hold(count);
      return cut(count);
    },
    peek: async (count) => {
      await hold(count);
      return held.subarray(0, count);
    },
    some: async (most) => {
      await hold(1);
      return cut(most);
    },
    giveBack: (bytes) => {
      held = held.length === 0 ? bytes : Buffer.concat([bytes, held]);
    },
  };
}
