import type { Frame } from '../frame.ts';
import { createIpv4Flows } from './flows-ipv4.ts';
import { createIpv6Flows } from './flows-ipv6.ts';

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

/**
 * Finds the pair of addresses and ports of a frame whose innermost addresses begin at `source` and `target`, and writes
 * number and direction into `place`. A pair that was not met before becomes number `fresh`, or, where that is -1, stays
 * without one.
 */
export type FindFlow = (
  place: FlowPlace,
  frame: Frame,
  source: number,
  target: number,
  fresh: number,
) => void;

const V4 = 4;

/**
 * Numbers conversations in the order of their first packets: open-addressing hash tables over typed arrays, which hold at
 * most `limit` conversations of at most 51 bytes (IPv4) or 93 bytes (IPv6), so that hostile traffic cannot grow them
 * without end.
 */
export function createFlowTable(limit: number): FlowTable {
  const findIpv4 = createIpv4Flows();
  const findIpv6 = createIpv6Flows();
  let count = 0;
  let refused = 0;
  const place: FlowPlace = { flow: -1, direction: 0, isNew: false };

  return {
    find(frame) {
      place.flow = -1;
      place.isNew = false;
      if (frame.ownNetworks === 0) return place;
      const index = frame.ownNetworks - 1;
      const source = frame.networkSource[index] ?? 0;
      const target = frame.networkTarget[index] ?? 0;
      const fresh = count < limit ? count : -1;
      if (frame.networkVersion[index] === V4) findIpv4(place, frame, source, target, fresh);
      else findIpv6(place, frame, source, target, fresh);
      if (place.flow < 0) {
        refused += 1;
      } else if (place.flow === count) {
        place.isNew = true;
        count += 1;
      }
      return place;
    },
    refused: () => refused,
  };
}
