import { u32 } from '../bytes.ts';
import type { Frame } from '../frame.ts';

/** Which conversation a packet belongs to, and which way it goes. One object is reused. */
export interface FlowPlace {
  /** Number of the pair of addresses and ports, -1 where the table is full or the packet has none. */
  flow: number;
  /** 0 or 1; the other direction of the conversation has the other number. */
  direction: number;
  /** Whether this packet is the first of the pair. */
  isNew: boolean;
}

export interface FlowTable {
  /** Finds the conversation of the innermost transport header of a frame, or begins one. */
  find(frame: Frame): FlowPlace;
  /** Packets that found no room. */
  refused(): number;
}

/** Words of a key: version, two addresses of 4 words, two ports in one word. */
const WORDS = 10;
const FIRST_SLOTS = 64;
const V4 = 4;

/**
 * Numbers conversations in the order of their first packets: an open-addressing hash table over typed arrays, which
 * holds at most `limit` of them, so that hostile traffic cannot grow it without end.
 */
export function createFlowTable(limit: number): FlowTable {
  let keys = new Uint32Array(FIRST_SLOTS * WORDS);
  /** Number of the flow plus 1; 0 is free. */
  let slots = new Int32Array(FIRST_SLOTS * 2);
  let count = 0;
  let refused = 0;
  const key = new Uint32Array(WORDS);
  const place: FlowPlace = { flow: -1, direction: 0, isNew: false };

  const grow = (): void => {
    const larger = new Uint32Array(keys.length * 2);
    larger.set(keys);
    keys = larger;
    slots = new Int32Array(slots.length * 2);
    for (let flow = 0; flow < count; flow += 1) {
      let slot = hash(keys, flow * WORDS) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = flow + 1;
    }
  };
  const isKeyOf = (flow: number): boolean => {
    for (let word = 0; word < WORDS; word += 1) if (keys[flow * WORDS + word] !== key[word]) return false;
    return true;
  };

  return {
    find(frame) {
      place.flow = -1;
      place.isNew = false;
      if (frame.ownNetworks === 0) return place;
      place.direction = fillKey(key, frame);
      const mask = slots.length - 1;
      let slot = hash(key, 0) & mask;
      for (let entry = slots[slot] ?? 0; entry !== 0; entry = slots[slot] ?? 0) {
        if (isKeyOf(entry - 1)) {
          place.flow = entry - 1;
          return place;
        }
        slot = (slot + 1) & mask;
      }
      if (count >= limit) {
        refused += 1;
        return place;
      }
      keys.set(key, count * WORDS);
      slots[slot] = count + 1;
      place.flow = count;
      place.isNew = true;
      count += 1;
      if ((count + 1) * WORDS > keys.length) grow();
      return place;
    },
    refused: () => refused,
  };
}

/** Writes the key, the lower end first; answers 1 where that turned the packet around. */
function fillKey(key: Uint32Array, frame: Frame): number {
  const { bytes, sourcePort, targetPort } = frame;
  const index = frame.ownNetworks - 1;
  const version = frame.networkVersion[index] ?? 0;
  const source = frame.networkSource[index] ?? 0;
  const target = frame.networkTarget[index] ?? 0;
  const words = version === V4 ? 1 : 4;
  let order = 0;
  for (let word = 0; word < words && order === 0; word += 1) {
    order = u32(bytes, source + 4 * word) - u32(bytes, target + 4 * word);
  }
  if (order === 0) order = sourcePort - targetPort;
  const swapped = order > 0;
  const [low, high] = swapped ? [target, source] : [source, target];
  key[0] = version;
  for (let word = 0; word < 4; word += 1) {
    key[1 + word] = word < words ? u32(bytes, low + 4 * word) : 0;
    key[5 + word] = word < words ? u32(bytes, high + 4 * word) : 0;
  }
  key[9] = swapped ? targetPort * 65_536 + sourcePort : sourcePort * 65_536 + targetPort;
  return swapped ? 1 : 0;
}

function hash(words: Uint32Array, from: number): number {
  let value = 0x811c9dc5;
  for (let word = from; word < from + WORDS; word += 1) {
    value = Math.imul(value ^ (words[word] ?? 0), 0x9e3779b1);
    value ^= value >>> 15;
  }
  return value >>> 0;
}
