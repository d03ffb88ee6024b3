import { createBoundedMap } from '../bounded.ts';
import type { ConversationTotals } from '../large/conversations.ts';
import { memoByObject } from '../memo.ts';
import type { Packet } from '../packet.ts';

export interface Share {
  path: string;
  packets: number;
  bytes: number;
}

interface Flow {
  path: string;
  depth: number;
  packets: number;
  bytes: number;
}

const MAX_FLOWS = 200_000;
const MAX_PATHS = 2_000;
const TRANSPORTS = new Set(['tcp', 'udp', 'sctp']);
/** Layers that only say how the next one is wrapped, or that the payload is unknown. */
const SILENT = new Set(['ethertype', 'data', 'pkt', 'vssmonitoring']);

/**
 * Bytes per protocol. A whole TCP or UDP flow counts for the protocol that was recognised in it: charging only the
 * frames in which a message completes would hide most of the bytes of TLS and HTTP.
 */
export function createProtocols() {
  const flows = createBoundedMap<Flow>(MAX_FLOWS, () => ({ path: '', depth: 0, packets: 0, bytes: 0 }));
  const shares = createBoundedMap<Share>(MAX_PATHS, (path) => ({ path, packets: 0, bytes: 0 }));
  const names = new Map<string, readonly string[]>();
  /** The same for all packets of the same protocols. */
  const pathOf = memoByObject((layers: readonly string[]) => {
    const path = protocolPath(layers);
    return { path, text: path.join(':') };
  });
  const charge = (path: string, packets: number, bytes: number): void => {
    const share = shares.at(path) ?? shares.at('other');
    if (share === null) return;
    share.packets += packets;
    share.bytes += bytes;
  };
  charge('other', 0, 0);
  return {
    add(packet: Packet): void {
      const { path, text } = pathOf(packet.layers);
      const { transport } = packet;
      const flow = transport === null ? null : flows.at(`${transport.kind}${transport.stream}`);
      if (flow === null) {
        charge(text, 1, packet.bytes);
        return;
      }
      flow.packets += 1;
      flow.bytes += packet.bytes;
      if (path.length <= flow.depth) return;
      flow.path = text;
      flow.depth = path.length;
    },
    /** What tshark sees in a conversation whose packets are added up elsewhere. */
    name({ transport, layers }: Packet): void {
      if (transport === null) return;
      const key = `${transport.kind}${transport.stream}`;
      const path = protocolPath(layers);
      if (path.length > (names.get(key)?.length ?? 0) && (names.size < MAX_FLOWS || names.has(key)))
        names.set(key, path);
    },
    /** A conversation whose packets were added up already. */
    addConversation(totals: ConversationTotals & { layers: readonly string[] }): void {
      const own = pathOf(totals.layers);
      const named = names.size === 0 ? undefined : names.get(`${totals.kind}${totals.stream}`);
      const text = named !== undefined && named.length > own.path.length ? named.join(':') : own.text;
      const packets = totals.packetsAToB + totals.packetsBToA;
      charge(text, packets, totals.bytesAToB + totals.bytesBToA);
    },
    finish(): Share[] {
      for (const flow of flows.values()) charge(flow.path, flow.packets, flow.bytes);
      return shares
        .values()
        .filter((share) => share.packets > 0)
        .toSorted((a, b) => b.bytes - a.bytes || b.packets - a.packets);
    },
  };
}

/** The layers up to the first protocol above the transport: what it carries in turn (images, XML) is no protocol here. */
export function protocolPath(layers: readonly string[]): string[] {
  const path = layers.filter((layer) => !SILENT.has(layer));
  const transport = path.findLastIndex((layer) => TRANSPORTS.has(layer));
  return transport < 0 ? path.slice(0, 6) : path.slice(0, transport + 2);
}
