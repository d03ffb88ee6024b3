import { addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { ACK, SYN, type Packet } from '../packet.ts';
import { all, number, numbers } from '../row.ts';

/** Questions that a host sent to find out whether, and by which way, another can be reached. */
export interface PingSeries {
  /** Echo requests, datagrams to the ports of traceroute, or SYNs. */
  by: 'icmp' | 'udp' | 'tcp';
  source: string;
  target: string;
  sent: number;
  hops: Map<number, Hop>;
  unanswered: { frame: number; sequence: number; at: number; ttl: number }[];
  /** Whether the target itself answered. */
  reached: boolean;
  /** Routers that said that a packet had travelled too far. */
  routers: number;
  /** Questions that were not followed because too many were open. */
  unfollowed: number;
}

/** Questions with the same time to live. */
export interface Hop {
  sent: Evidence;
  answered: number;
}

interface Open {
  series: PingSeries;
  hop: Hop;
  frame: number;
  at: number;
  sequence: number;
  ttl: number;
}

const MAX_SERIES = 10_000;
const MAX_OPEN = 20_000;
const MAX_UNANSWERED = 5_000;
const TRACEROUTE_PORTS = [33_434, 33_534] as const;
const TIME_EXCEEDED = { icmp: 11, icmpv6: 3 };
const UNREACHABLE = { icmp: 3, icmpv6: 1 };
const REQUEST = { icmp: 8, icmpv6: 128 };
const REPLY = { icmp: 0, icmpv6: 129 };

/** Pings and traceroutes, question by question. */
export function createPings() {
  const table = createBoundedMap<PingSeries>(MAX_SERIES, newSeries);
  const open = new Map<string, Open>();
  /** How many of these wait: without them no answer is looked for. */
  const waiting = { icmp: 0, udp: 0, tcp: 0 };

  const ask = (packet: Packet, by: PingSeries['by'], id: string, sequence: number): void => {
    const { source, target, frame, at } = packet;
    const series = table.at(`${by} ${source} ${target}`);
    const ttl = packet.timeToLive();
    if (series === null || ttl === null) return;
    series.sent += 1;
    const hop = series.hops.get(ttl) ?? { sent: noEvidence(), answered: 0 };
    series.hops.set(ttl, hop);
    addEvidence(hop.sent, frame);
    if (open.size >= MAX_OPEN) {
      series.unfollowed += 1;
      return;
    }
    const before = open.get(id);
    if (before === undefined) waiting[by] += 1;
    else giveUp(before);
    open.set(id, { series, hop, frame, at, sequence, ttl });
  };
  const answer = (id: string, how: 'target' | 'router' | 'refusal'): void => {
    const entry = open.get(id);
    if (entry === undefined) return;
    open.delete(id);
    waiting[entry.series.by] -= 1;
    entry.hop.answered += 1;
    entry.series.reached ||= how === 'target';
    if (how === 'router') entry.series.routers += 1;
  };
  return {
    add(packet: Packet): void {
      const { layers, source, target, transport } = packet;
      if (source === null || target === null) return;
      const name = layers.at(-1) === 'icmp' ? 'icmp' : layers.includes('icmpv6') ? 'icmpv6' : null;
      if (name !== null) hearIcmp(packet, name, ask, answer);
      else if (transport !== null) {
        const { kind, flags, sourcePort, targetPort } = transport;
        const isSyn = kind === 'tcp' && (flags & (SYN | ACK)) === SYN;
        const isTrace =
          kind === 'udp' && targetPort >= TRACEROUTE_PORTS[0] && targetPort <= TRACEROUTE_PORTS[1];
        // SYNs of ordinary connections have no place here: only those that cannot travel far.
        if (isTrace || (isSyn && (packet.timeToLive() ?? 64) < MOST_HOPS))
          ask(packet, kind, `${kind} ${source} ${target} ${sourcePort} ${targetPort}`, targetPort);
        else if (waiting[kind] > 0)
          answer(`${kind} ${target} ${source} ${targetPort} ${sourcePort}`, 'target');
      }
    },
    finish(): PingSeries[] {
      for (const entry of open.values()) giveUp(entry);
      for (const { unanswered } of table.values()) unanswered.sort((a, b) => a.frame - b.frame);
      return table.values();
    },
  };
}

/** Operating systems begin at 32 or more. */
const MOST_HOPS = 32;

function giveUp({ series, frame, at, sequence, ttl }: Open): void {
  if (series.unanswered.length < MAX_UNANSWERED) series.unanswered.push({ frame, sequence, at, ttl });
}

function hearIcmp(
  packet: Packet,
  name: 'icmp' | 'icmpv6',
  ask: (packet: Packet, by: PingSeries['by'], id: string, sequence: number) => void,
  answer: (id: string, how: 'target' | 'router' | 'refusal') => void,
): void {
  const { source, target, row } = packet;
  const type = number(row, `${name}.type`);
  const sequence = number(row, name === 'icmp' ? 'icmp.seq' : 'icmpv6.echo.sequence_number');
  if (type === REQUEST[name] && sequence !== null) {
    ask(packet, 'icmp', `icmp ${source} ${target} ${sequence}`, sequence);
  } else if (type === REPLY[name] && sequence !== null) {
    answer(`icmp ${target} ${source} ${sequence}`, 'target');
  } else if (type === TIME_EXCEEDED[name] || type === UNREACHABLE[name]) {
    const version = name === 'icmp' ? 'ip' : 'ipv6';
    const asker = all(row, `${version}.src`).at(-1)?.toLowerCase();
    const asked = all(row, `${version}.dst`).at(-1)?.toLowerCase();
    const how = type === TIME_EXCEEDED[name] ? 'router' : asked === source ? 'target' : 'refusal';
    if (sequence !== null) answer(`icmp ${asker} ${asked} ${sequence}`, how);
    for (const kind of ['udp', 'tcp'] as const) {
      const [from, to] = [numbers(row, `${kind}.srcport`).at(-1), numbers(row, `${kind}.dstport`).at(-1)];
      if (from !== undefined && to !== undefined) answer(`${kind} ${asker} ${asked} ${from} ${to}`, how);
    }
  }
}

function newSeries(key: string): PingSeries {
  const [by = '', source = '', target = ''] = key.split(' ');
  return {
    by: by === 'udp' || by === 'tcp' ? by : 'icmp',
    source,
    target,
    sent: 0,
    hops: new Map(),
    unanswered: [],
    reached: false,
    routers: 0,
    unfollowed: 0,
  };
}
