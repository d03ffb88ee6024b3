import {
  addBounded,
  addEvidence,
  createPairMap,
  including,
  NO_NUMBERS,
  noEvidence,
  type Evidence,
} from '../bounded.ts';
import { ACK, FIN, RST, SYN, type Packet, type Transport } from '../packet.ts';
import { number } from '../row.ts';

/** What one host sent to ports of another out of the blue: datagrams, or acknowledgements of nothing. */
export interface BlindProbe {
  kind: 'udp' | 'tcp';
  source: string;
  target: string;
  seen: Evidence;
  ports: Set<number>;
  /** Ports that answered: with a datagram, or with a reset. */
  answering: ReadonlySet<number>;
  /** Ports over which a conversation went on. */
  used: ReadonlySet<number>;
  /** TCP only: the flags of the probes. */
  flags: ReadonlySet<number>;
  /** "Port unreachable" of the target. */
  unreachable: number;
  firstAt: number;
  lastAt: number;
}

const MAX_PAIRS = 50_000;
const MAX_PORTS = 65_536;
const MAX_STREAMS = 200_000;
const TRACEROUTE_FIRST = 33_434;
const TRACEROUTE_LAST = 33_534;
const LOW_PORT = 1_024;

/** Probes that no handshake announces, per pair of hosts. */
export function createBlindProbes() {
  const udp = createPairMap<BlindProbe>(MAX_PAIRS, (source, target) => newProbe('udp', source, target));
  const tcp = createPairMap<BlindProbe>(MAX_PAIRS, (source, target) => newProbe('tcp', source, target));
  /** By TCP stream, whether it began with an acknowledgement of nothing. */
  const streams: boolean[] = [];

  const addUdp = (packet: Packet, { sourcePort, targetPort }: Transport, { source, target }: Ends): void => {
    const asked = udp.get(target, source);
    if (asked?.ports.has(sourcePort) === true) {
      asked.answering = including(asked.answering, sourcePort);
      return;
    }
    // The answer of a service whose question the capture lacks, or a traceroute.
    if (sourcePort < LOW_PORT && targetPort >= LOW_PORT) return;
    if (targetPort >= TRACEROUTE_FIRST && targetPort <= TRACEROUTE_LAST) return;
    const probe = udp.at(source, target);
    if (probe !== null) note(probe, packet, targetPort);
  };
  const addTcp = (packet: Packet, segment: Transport, { source, target }: Ends): void => {
    const known = streams[segment.stream];
    if (known === undefined) {
      if (segment.stream >= MAX_STREAMS) return;
      const blind = segment.payload === 0 && isBlind(segment.flags);
      streams[segment.stream] = blind;
      const probe = blind ? tcp.at(source, target) : null;
      if (probe === null) return;
      note(probe, packet, segment.targetPort);
      probe.flags = including(probe.flags, segment.flags & 0xff, 8);
    } else if (known) {
      const back = tcp.get(target, source);
      if ((segment.flags & RST) !== 0) {
        if (back !== undefined) back.answering = including(back.answering, segment.sourcePort);
        return;
      }
      if (back !== undefined) back.used = including(back.used, segment.sourcePort);
      const forth = segment.payload > 0 ? tcp.get(source, target) : undefined;
      if (forth !== undefined) forth.used = including(forth.used, segment.targetPort);
    }
  };
  return {
    add(packet: Packet): void {
      const { transport, source, target, row, layers } = packet;
      if (source === null || target === null) return;
      if (transport?.kind === 'udp') addUdp(packet, transport, { source, target });
      else if (transport?.kind === 'tcp') addTcp(packet, transport, { source, target });
      else if (layers.at(-1) === 'icmp' && number(row, 'icmp.type') === 3 && number(row, 'icmp.code') === 3) {
        const probe = udp.get(target, source);
        if (probe !== undefined) probe.unreachable += 1;
      }
    },
    // In the order in which they were first seen.
    finish: (): BlindProbe[] =>
      [...udp.values(), ...tcp.values()].toSorted(
        (a, b) => (a.seen.frames[0] ?? 0) - (b.seen.frames[0] ?? 0),
      ),
  };
}

interface Ends {
  source: string;
  target: string;
}

/** ACK, FIN+ACK (Maimon) and SYN+ACK scans begin so; so do connections that are older than the capture. */
const isBlind = (flags: number): boolean => [ACK, FIN | ACK, SYN | ACK].includes(flags & 0x3f);

function note(probe: BlindProbe, { frame, at }: Packet, port: number): void {
  addEvidence(probe.seen, frame);
  addBounded(probe.ports, port, MAX_PORTS);
  probe.firstAt = Math.min(probe.firstAt, at);
  probe.lastAt = Math.max(probe.lastAt, at);
}

function newProbe(kind: BlindProbe['kind'], source: string, target: string): BlindProbe {
  return {
    kind,
    source,
    target,
    seen: noEvidence(),
    ports: new Set(),
    answering: NO_NUMBERS,
    used: NO_NUMBERS,
    flags: NO_NUMBERS,
    unreachable: 0,
    firstAt: Infinity,
    lastAt: -Infinity,
  };
}
