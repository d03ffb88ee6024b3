import {
  addBounded,
  addEvidence,
  createPairMap,
  including,
  NO_NUMBERS,
  noEvidence,
  NOTHING_SEEN,
  witness,
  type Evidence,
} from '../bounded.ts';
import { ACK, RST, SYN, type Packet } from '../packet.ts';

/** What one host tried on another, port by port. */
export interface Probe {
  client: string;
  server: string;
  /** SYN segments. */
  syns: Evidence;
  ports: Set<number>;
  openPorts: ReadonlySet<number>;
  closedPorts: ReadonlySet<number>;
  openFrames: Readonly<Evidence>;
  /** Ports over which payload went. */
  usedPorts: ReadonlySet<number>;
  /** Segments with odd flags (none, FIN alone, FIN+PSH+URG) to ports without a connection. */
  odd: Readonly<Evidence>;
  oddPorts: ReadonlySet<number>;
  firstAt: number;
  lastAt: number;
}

const MAX_PROBES = 50_000;
const MAX_PORTS = 65_536;

/** TCP connection attempts per pair of hosts: the stuff that scans are made of. */
export function createSynProbes() {
  const probes = createPairMap<Probe>(MAX_PROBES, newProbe);
  return {
    add({ transport, source, target, frame, at }: Packet): void {
      if (transport?.kind !== 'tcp' || source === null || target === null) return;
      const { flags, sourcePort, targetPort, payload } = transport;
      const syn = (flags & SYN) !== 0;
      if (syn && (flags & ACK) === 0) {
        const probe = probes.at(source, target);
        if (probe === null) return;
        addEvidence(probe.syns, frame);
        addBounded(probe.ports, targetPort, MAX_PORTS);
        touch(probe, at);
        return;
      }
      const asked = probes.get(target, source);
      if (syn && asked?.ports.has(sourcePort)) {
        asked.openPorts = including(asked.openPorts, sourcePort, MAX_PORTS);
        asked.openFrames = witness(asked.openFrames, frame);
      } else if ((flags & RST) !== 0 && asked?.ports.has(sourcePort) && !asked.openPorts.has(sourcePort)) {
        asked.closedPorts = including(asked.closedPorts, sourcePort, MAX_PORTS);
      }
      if (payload > 0) {
        if (asked !== undefined) asked.usedPorts = including(asked.usedPorts, sourcePort);
        const probe = probes.get(source, target);
        if (probe !== undefined) probe.usedPorts = including(probe.usedPorts, targetPort);
      } else if (isOdd(flags)) {
        const probe = probes.at(source, target);
        if (probe === null) return;
        probe.odd = witness(probe.odd, frame);
        probe.oddPorts = including(probe.oddPorts, targetPort, MAX_PORTS);
        touch(probe, at);
      }
    },
    finish: () => probes.values(),
  };
}

function newProbe(client: string, server: string): Probe {
  return {
    client,
    server,
    syns: noEvidence(),
    ports: new Set(),
    openPorts: NO_NUMBERS,
    closedPorts: NO_NUMBERS,
    openFrames: NOTHING_SEEN,
    usedPorts: NO_NUMBERS,
    odd: NOTHING_SEEN,
    oddPorts: NO_NUMBERS,
    firstAt: Infinity,
    lastAt: -Infinity,
  };
}

function touch(probe: Probe, at: number): void {
  probe.firstAt = Math.min(probe.firstAt, at);
  probe.lastAt = Math.max(probe.lastAt, at);
}

/** NULL, FIN and Xmas probes; no honest stack sends these outside a connection. */
const isOdd = (flags: number): boolean =>
  (flags & 0x3f) === 0 || (flags & 0x3f) === 0x01 || (flags & 0x3f) === 0x29;
