import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
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
  answering: Set<number>;
  /** Ports over which a conversation went on. */
  used: Set<number>;
  /** TCP only: the flags of the probes. */
  flags: Set<number>;
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
  const pairs = createBoundedMap<BlindProbe>(MAX_PAIRS, newProbe);
  /** TCP streams seen, and whether they began with an acknowledgement of nothing. */
  const streams = new Map<number, boolean>();

  const addUdp = ({ source, target, frame, at }: Packet, { sourcePort, targetPort }: Transport): void => {
    const asked = pairs.get(`udp ${target} ${source}`);
    if (asked?.ports.has(sourcePort) === true) {
      asked.answering.add(sourcePort);
      return;
    }
    // The answer of a service whose question the capture lacks, or a traceroute.
    if (sourcePort < LOW_PORT && targetPort >= LOW_PORT) return;
    if (targetPort >= TRACEROUTE_FIRST && targetPort <= TRACEROUTE_LAST) return;
    const probe = pairs.at(`udp ${source} ${target}`);
    if (probe !== null) note(probe, frame, at, targetPort);
  };
  const addTcp = (packet: Packet, tcp: Transport): void => {
    const { source, target, frame, at } = packet;
    const known = streams.get(tcp.stream);
    if (known === undefined) {
      if (streams.size >= MAX_STREAMS) return;
      const blind = tcp.payload === 0 && isBlind(tcp.flags);
      streams.set(tcp.stream, blind);
      const probe = blind ? pairs.at(`tcp ${source} ${target}`) : null;
      if (probe === null) return;
      note(probe, frame, at, tcp.targetPort);
      addBounded(probe.flags, tcp.flags & 0xff, 8);
    } else if (known) {
      const back = pairs.get(`tcp ${target} ${source}`);
      if ((tcp.flags & RST) !== 0) back?.answering.add(tcp.sourcePort);
      else {
        back?.used.add(tcp.sourcePort);
        if (tcp.payload > 0) pairs.get(`tcp ${source} ${target}`)?.used.add(tcp.targetPort);
      }
    }
  };
  return {
    add(packet: Packet): void {
      const { transport, source, target, row, layers } = packet;
      if (source === null || target === null) return;
      if (transport?.kind === 'udp') addUdp(packet, transport);
      else if (transport?.kind === 'tcp') addTcp(packet, transport);
      else if (layers.at(-1) === 'icmp' && number(row, 'icmp.type') === 3 && number(row, 'icmp.code') === 3) {
        const probe = pairs.get(`udp ${target} ${source}`);
        if (probe !== undefined) probe.unreachable += 1;
      }
    },
    finish: (): BlindProbe[] => pairs.values(),
  };
}

/** ACK, FIN+ACK (Maimon) and SYN+ACK scans begin so; so do connections that are older than the capture. */
const isBlind = (flags: number): boolean => [ACK, FIN | ACK, SYN | ACK].includes(flags & 0x3f);

function note(probe: BlindProbe, frame: number, at: number, port: number): void {
  addEvidence(probe.seen, frame);
  addBounded(probe.ports, port, MAX_PORTS);
  probe.firstAt = Math.min(probe.firstAt, at);
  probe.lastAt = Math.max(probe.lastAt, at);
}

function newProbe(key: string): BlindProbe {
  const [kind = '', source = '', target = ''] = key.split(' ');
  return {
    kind: kind === 'tcp' ? 'tcp' : 'udp',
    source,
    target,
    seen: noEvidence(),
    ports: new Set(),
    answering: new Set(),
    used: new Set(),
    flags: new Set(),
    unreachable: 0,
    firstAt: Infinity,
    lastAt: -Infinity,
  };
}
