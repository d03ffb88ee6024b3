import { s32 } from '../bytes.ts';
import type { Frame } from '../frame.ts';
import type { FindFlow } from './flow-table.ts';
import { MOST_STEPS } from './flows-ipv4.ts';

/** Words of a row: the lower end's address, the higher end's, both ports, number of the flow. */
const WORDS = 10;
const KEY_WORDS = 9;
const PORTS = 8;
const FLOW = 9;
const FIRST_ROWS = 64;
/** Slots per row at least: at most 5 of 8 are taken. */
const SPARSE = 8 / 5;

/** The pairs of IPv6 addresses and ports: one row each, and slots that say which row. */
export function createIpv6Flows(): FindFlow {
  let rows = new Int32Array(FIRST_ROWS * WORDS);
  /** Number of the row plus 1; 0 is free. */
  let slots = new Int32Array(FIRST_ROWS * 2);
  let count = 0;
  let last = 0;
  const key = new Int32Array(KEY_WORDS);

  const enlarge = (): void => {
    if ((count + 1) * WORDS > rows.length) {
      const larger = new Int32Array(rows.length * 2);
      larger.set(rows);
      rows = larger;
    }
    if (count * SPARSE <= slots.length) return;
    slots = new Int32Array(slots.length * 2);
    for (let row = 0; row < count; row += 1) {
      let slot = hash(rows, row * WORDS) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = row + 1;
    }
  };
  const isKeyOf = (row: number): boolean => {
    const from = row * WORDS;
    for (let word = KEY_WORDS - 1; word >= 0; word -= 1) {
      if (rows[from + word] !== key[word]) return false;
    }
    return true;
  };
  const numberOf = (fresh: number): number => {
    if (count > 0 && isKeyOf(last)) return rows[last * WORDS + FLOW] ?? 0;
    let slot = hash(key, 0) & (slots.length - 1);
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      const entry = slots[slot] ?? 0;
      if (entry === 0) {
        if (fresh < 0) return -1;
        slots[slot] = count + 1;
        rows.set(key, count * WORDS);
        rows[count * WORDS + FLOW] = fresh;
        last = count;
        count += 1;
        enlarge();
        return fresh;
      }
      if (isKeyOf(entry - 1)) {
        last = entry - 1;
        return rows[last * WORDS + FLOW] ?? 0;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    return -1;
  };

  return (place, frame, source, target, fresh) => {
    place.direction = fillKey(key, frame, source, target);
    place.flow = numberOf(fresh);
  };
}

/** Writes the key, the lower end first; answers 1 where that turned the packet around. */
function fillKey(key: Int32Array, frame: Frame, source: number, target: number): number {
  const { bytes, sourcePort, targetPort } = frame;
  const order = compare(bytes, source, target);
  const isTurned = order === 0 ? sourcePort > targetPort : order > 0;
  const low = isTurned ? target : source;
  const high = isTurned ? source : target;
  for (let word = 0; word < 4; word += 1) {
    key[word] = s32(bytes, low + 4 * word);
    key[4 + word] = s32(bytes, high + 4 * word);
  }
  key[PORTS] = isTurned ? (targetPort << 16) | sourcePort : (sourcePort << 16) | targetPort;
  return isTurned ? 1 : 0;
}

/** Less than, equal to or more than 0, as the address at `one` stands in front of the other, is the same, or follows. */
function compare(bytes: Uint8Array, one: number, other: number): number {
  for (let at = 0; at < 16; at += 4) {
    const left = s32(bytes, one + at);
    const right = s32(bytes, other + at);
    if (left !== right) return left >>> 0 < right >>> 0 ? -1 : 1;
  }
  return 0;
}

function hash(words: Int32Array, from: number): number {
  let mixed = 0;
  for (let word = from; word < from + KEY_WORDS; word += 1) {
    mixed = Math.imul(mixed ^ (mixed >>> 15) ^ (words[word] ?? 0), 0x9e3779b1);
  }
  return mixed ^ (mixed >>> 16);
}
