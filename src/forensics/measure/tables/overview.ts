import type { Packet } from '../packet.ts';

/** What the capture as a whole is. */
export interface Overview {
  packets: number;
  dataBytes: number;
  /** Seconds since 1970; null where no packet was read. */
  firstAt: number | null;
  lastAt: number | null;
  snapped: number;
  /** TCP frames longer than Ethernet carries without jumbo frames. */
  oversized: number;
  /** Bytes on the wire of the longest frame. */
  largest: number;
  /** Packets whose time lies before that of the packet in front of them. */
  backInTime: number;
  /** First protocol layers seen. */
  links: Set<string>;
  /** Whether ICMP errors quote other packets somewhere in the capture. */
  quotes: boolean;
}

/** 1,500 bytes, a link header, a VLAN tag or two. */
const ETHERNET_BYTES = 1_526;

export function createOverview() {
  const overview: Overview = {
    packets: 0,
    dataBytes: 0,
    firstAt: null,
    lastAt: null,
    snapped: 0,
    oversized: 0,
    largest: 0,
    backInTime: 0,
    links: new Set(),
    quotes: false,
  };
  let previous = Number.NEGATIVE_INFINITY;
  return {
    add(packet: Packet): void {
      overview.packets = Math.max(overview.packets, packet.frame);
      overview.dataBytes += packet.bytes;
      overview.largest = Math.max(overview.largest, packet.bytes);
      overview.firstAt = Math.min(overview.firstAt ?? packet.at, packet.at);
      overview.lastAt = Math.max(overview.lastAt ?? packet.at, packet.at);
      if (packet.captured < packet.bytes) overview.snapped += 1;
      if (packet.transport?.kind === 'tcp' && packet.bytes > ETHERNET_BYTES) overview.oversized += 1;
      if (packet.at < previous) overview.backInTime += 1;
      previous = packet.at;
      const link = packet.layers[0];
      if (link !== undefined && overview.links.size < 16) overview.links.add(link);
      overview.quotes ||= packet.quotes;
    },
    finish: () => overview,
  };
}
