import { s32 } from '../bytes.ts';
import type { FindFlow } from './flow-table.ts';

/** Words of a slot: number of the flow plus 1 (0 is free), the lower end's address, the higher end's, both ports. */
const WORDS = 4;
const LOW = 1;
const HIGH = 2;
const PORTS = 3;
const FIRST_SLOTS = 256;
/** Share of the slots that may be taken before there are twice as many. */
const FULLEST = 5 / 8;
/** No honest traffic needs as many steps; whoever makes addresses collide finds no room instead of taking our time. */
export const MOST_STEPS = 256;

/**
 * The pairs of IPv4 addresses and ports: the key stands in the slot, so that a packet costs one look into memory, and none
 * where it belongs to the same pair as the one before.
 */
export function createIpv4Flows(): FindFlow {
  let slots = new Int32Array(FIRST_SLOTS * WORDS);
  let taken = 0;
  /** Where the last pair stands. */
  let last = 0;

  const grow = (): void => {
    const old = slots;
    slots = new Int32Array(old.length * 2);
    for (let from = 0; from < old.length; from += WORDS) {
      if (old[from] === 0) continue;
      let at = firstSlot(slots, old[from + LOW] ?? 0, old[from + HIGH] ?? 0, old[from + PORTS] ?? 0);
      while (slots[at] !== 0) at = (at + WORDS) & (slots.length - 1);
      for (let word = 0; word < WORDS; word += 1) slots[at + word] = old[from + word] ?? 0;
    }
  };
  const insert = (at: number, fresh: number, low: number, high: number, ports: number): void => {
    slots[at] = fresh + 1;
    slots[at + LOW] = low;
    slots[at + HIGH] = high;
    slots[at + PORTS] = ports;
    last = at;
    taken += 1;
    if (taken * WORDS <= slots.length * FULLEST) return;
    grow();
    last = 0;
  };

  return (place, frame, sourceAt, targetAt, fresh) => {
    const { bytes, sourcePort, targetPort } = frame;
    const source = s32(bytes, sourceAt);
    const target = s32(bytes, targetAt);
    const isTurned = source === target ? sourcePort > targetPort : source >>> 0 > target >>> 0;
    const low = isTurned ? target : source;
    const high = isTurned ? source : target;
    const ports = isTurned ? (targetPort << 16) | sourcePort : (sourcePort << 16) | targetPort;
    place.direction = isTurned ? 1 : 0;
    let at = last;
    if (slots[at + LOW] !== low || slots[at + HIGH] !== high || slots[at + PORTS] !== ports) {
      at = firstSlot(slots, low, high, ports);
    }
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      const entry = slots[at] ?? 0;
      if (entry === 0) {
        place.flow = fresh;
        if (fresh >= 0) insert(at, fresh, low, high, ports);
        return;
      }
      if (slots[at + LOW] === low && slots[at + HIGH] === high && slots[at + PORTS] === ports) {
        place.flow = entry - 1;
        last = at;
        return;
      }
      at = (at + WORDS) & (slots.length - 1);
    }
  };
}

function firstSlot(slots: Int32Array, low: number, high: number, ports: number): number {
  let mixed = Math.imul(low, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ high, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13) ^ ports, 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) * WORDS) & (slots.length - 1);
}
