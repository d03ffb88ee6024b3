import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { number } from '../row.ts';

/** Messages of one sort to one address, whoever sent them. */
export interface Volume {
  sort: VolumeSort;
  target: string;
  seen: Evidence;
  /** At most MAX_SOURCES of each. */
  sources: Set<string>;
  targetPorts: Set<number>;
  flows: Set<number>;
  /** Messages that no protocol claims. */
  plain: number;
  firstAt: number;
  lastAt: number;
  /** Most messages within one second of the clock. */
  peak: number;
  second: number;
  inSecond: number;
  /** Conversation and port of the last message, whose like need not be noted again. */
  lastFlow: number;
  lastPort: number;
}

/** "icmp 8" are ICMP messages of type 8, "icmpv6 128" the same for ICMPv6. */
export type VolumeSort = 'udp' | 'dns' | `${'icmp' | 'icmpv6'} ${number}`;

export interface VolumeTable {
  volumes: Volume[];
  /** UDP datagrams sent, per address. */
  sent: Map<string, number>;
}

const MAX_VOLUMES = 50_000;
const MAX_SOURCES = 5_000;
const PLAIN = new Set(['udp', 'data', '_ws.malformed']);

/** How much came in on every host by UDP, as DNS queries, and by ICMP: what floods are made of. */
export function createVolume() {
  const volumes = createBoundedMap<Volume>(MAX_VOLUMES, newVolume);
  /** By address alone: most of what there is. */
  const datagrams = createBoundedMap<Volume>(MAX_VOLUMES, (target) => newVolume(`udp ${target}`));
  const sent = new Map<string, number>();
  const count = (sort: VolumeSort, packet: Packet): void => {
    const { source, target, frame, at, transport, layers } = packet;
    const volume =
      target === null ? null : sort === 'udp' ? datagrams.at(target) : volumes.at(`${sort} ${target}`);
    if (volume === null) return;
    addEvidence(volume.seen, frame);
    if (transport === null) {
      if (source !== null) addBounded(volume.sources, source, MAX_SOURCES);
    } else if (transport.stream !== volume.lastFlow || transport.targetPort !== volume.lastPort) {
      if (source !== null) addBounded(volume.sources, source, MAX_SOURCES);
      addBounded(volume.targetPorts, transport.targetPort, MAX_SOURCES);
      addBounded(volume.flows, transport.stream, MAX_SOURCES);
      volume.lastFlow = transport.stream;
      volume.lastPort = transport.targetPort;
    }
    if (PLAIN.has(layers.at(-1) ?? '')) volume.plain += 1;
    volume.firstAt = Math.min(volume.firstAt, at);
    volume.lastAt = Math.max(volume.lastAt, at);
    const second = Math.floor(at);
    volume.inSecond = second === volume.second ? volume.inSecond + 1 : 1;
    volume.second = second;
    volume.peak = Math.max(volume.peak, volume.inSecond);
  };
  return {
    add(packet: Packet): void {
      const { layers, transport, source, row } = packet;
      if (transport?.kind === 'udp') {
        count('udp', packet);
        if (layers.includes('dns') && ((number(row, 'dns.flags') ?? 0x8000) & 0x8000) === 0)
          count('dns', packet);
        const before = source === null ? undefined : sent.get(source);
        if (source !== null && (before !== undefined || sent.size < MAX_VOLUMES))
          sent.set(source, (before ?? 0) + 1);
        return;
      }
      for (const name of ['icmp', 'icmpv6'] as const) {
        const type = layers.includes(name) ? number(row, `${name}.type`) : null;
        if (type !== null) count(`${name} ${type}`, packet);
      }
    },
    finish: (): VolumeTable => ({ volumes: [...datagrams.values(), ...volumes.values()], sent }),
  };
}

function newVolume(key: string): Volume {
  const at = key.lastIndexOf(' ');
  return {
    sort: sortOf(key.slice(0, at)),
    target: key.slice(at + 1),
    seen: noEvidence(),
    sources: new Set(),
    targetPorts: new Set(),
    flows: new Set(),
    plain: 0,
    firstAt: Infinity,
    lastAt: -Infinity,
    peak: 0,
    second: -1,
    inSecond: 0,
    lastFlow: -1,
    lastPort: -1,
  };
}

function sortOf(text: string): VolumeSort {
  const [name, type] = text.split(' ');
  if (name === 'icmp' || name === 'icmpv6') return `${name} ${Number(type)}`;
  return name === 'dns' ? 'dns' : 'udp';
}
