/** What is known of a conversation, as bits. */
export const BEGUN = 0x01;
/** It carried something that our own reader does not read. */
export const OFFERED = 0x02;
/** Something that it carried was not given to tshark. */
export const MISSED = 0x04;
/** tshark is being given what it carries. */
export const RUNNING = 0x08;
/** Nothing more of it is given. */
export const CLOSED = 0x10;
/** Its last packet with something in it went in direction 1. */
export const TURNED = 0x20;
/** Our own reader reads it, and tshark is wanted for what is inside. */
export const WANTED = 0x40;
/** It was looked at for what tshark is wanted for. */
export const LOOKED = 0x80;

/** Bits and counts of every conversation of one kind, by number, in arrays that grow by doubling. */
export interface ConversationStates {
  has(stream: number, flag: number): boolean;
  set(stream: number, flag: number): void;
  clear(stream: number, flag: number): void;
  /** Packets with something in them that tshark was given in this direction. */
  taken(stream: number, direction: number): number;
  take(stream: number, direction: number): void;
  /** How many have the one bit and the other, or have the one and not the other. */
  count(flag: number, other: number, wanted: boolean): number;
}

const FIRST = 256;
const MOST_COUNTED = 0xffff;

export function createConversationStates(): ConversationStates {
  let flags = new Uint8Array(FIRST);
  let taken = new Uint16Array(2 * FIRST);

  const reach = (stream: number): void => {
    while (stream >= flags.length) {
      const moreFlags = new Uint8Array(2 * flags.length);
      const moreTaken = new Uint16Array(2 * taken.length);
      moreFlags.set(flags);
      moreTaken.set(taken);
      flags = moreFlags;
      taken = moreTaken;
    }
  };
  return {
    has: (stream, flag) => ((flags[stream] ?? 0) & flag) !== 0,
    set(stream, flag) {
      reach(stream);
      flags[stream] = (flags[stream] ?? 0) | flag;
    },
    clear(stream, flag) {
      reach(stream);
      flags[stream] = (flags[stream] ?? 0) & ~flag;
    },
    taken: (stream, direction) => taken[2 * stream + direction] ?? 0,
    take(stream, direction) {
      reach(stream);
      const at = 2 * stream + direction;
      taken[at] = Math.min((taken[at] ?? 0) + 1, MOST_COUNTED);
    },
    count(flag, other, wanted) {
      let count = 0;
      for (const bits of flags) if ((bits & flag) !== 0 && ((bits & other) !== 0) === wanted) count += 1;
      return count;
    },
  };
}
