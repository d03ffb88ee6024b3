import { addBounded, addEvidence, createPairMap, noEvidence, type Evidence } from '../bounded.ts';
import { isIpv6, type Packet } from '../packet.ts';
import { lastNumber, number } from '../row.ts';

/** Packets that one host sent another and that only a scanner sends. */
export interface OddProbes {
  source: string;
  target: string;
  /** IP protocols tried, and the packets of those other than ICMP, TCP and UDP. */
  protocols: Set<number>;
  protocolProbes: Evidence;
  /** "Protocol unreachable" that the target sent back, and the protocols that these named. */
  refusals: Evidence;
  refusedProtocols: Set<number>;
  /** Fingerprinting tests met, by name. */
  tests: Map<string, Evidence>;
}

interface Test {
  name: string;
  /** Display filter for the same packets. */
  filter: string;
  /** Whether scans that look for open ports or hosts send it as well. */
  common: boolean;
  shows(packet: Packet): boolean;
}

const flags = (name: string, wanted: number, common = false): Test => ({
  name,
  filter: `tcp.flags == 0x${wanted.toString(16).padStart(4, '0')}`,
  common,
  shows: ({ transport }) => transport?.kind === 'tcp' && transport.flags === wanted,
});

const icmp = (name: string, type: number, common = false): Test => ({
  name,
  filter: `icmp.type == ${type}`,
  common,
  shows: ({ transport, row }) => transport === null && number(row, 'icmp.type') === type,
});

/** What tools that tell operating systems apart send (Nmap's network scanning book, chapter 8; Xprobe; QueSO). */
export const FINGERPRINT_TESTS: readonly Test[] = [
  flags('SYN with ECN and a reserved bit', 0x8c2),
  flags('SYN+FIN+PSH+URG', 0x02b),
  flags('SYN+FIN', 0x003),
  flags('no flags at all', 0x000, true),
  flags('FIN+PSH+URG', 0x029, true),
  {
    name: 'SYN with window 31337',
    filter: 'tcp.flags == 0x0002 && tcp.window_size_value == 31337',
    common: false,
    shows: ({ transport }) => transport?.flags === 0x002 && transport.segment?.window === 31_337,
  },
  {
    name: 'echo request with a code',
    filter: 'icmp.type == 8 && icmp.code > 0',
    common: false,
    shows: ({ transport, row }) =>
      transport === null && number(row, 'icmp.type') === 8 && (number(row, 'icmp.code') ?? 0) > 0,
  },
  icmp('ICMP timestamp request', 13, true),
  icmp('ICMP information request', 15),
  icmp('ICMP address mask request', 17),
  {
    name: 'datagram of 300 bytes with IP identification 0x1042',
    filter: 'udp.length == 308 && ip.id == 0x1042',
    common: false,
    shows: ({ transport, identification }) =>
      transport?.kind === 'udp' && transport.carried === 300 && identification === 0x1042,
  },
];

const MAX_PAIRS = 20_000;
const PROTOCOL_UNREACHABLE = 2;
const TCP = 6;
const ORDINARY = new Set([1, TCP, 17]);

/** What scanners of protocols and operating systems send, per pair of hosts. */
export function createOddProbes() {
  const pairs = createPairMap<OddProbes>(MAX_PAIRS, newPair);
  const at = (source: string, target: string): OddProbes | null => pairs.at(source, target);
  return {
    add(packet: Packet): void {
      const { source, target, frame, layers, row, transport } = packet;
      if (source === null || target === null || isIpv6(source)) return;
      const protocol = transport === null ? number(row, 'ip.proto') : TCP;
      if (protocol === null) return;
      const error = layers.at(-1) === 'icmp' && number(row, 'icmp.type') === 3;
      if (error) {
        const pair = number(row, 'icmp.code') === PROTOCOL_UNREACHABLE ? at(target, source) : null;
        if (pair === null) return;
        addEvidence(pair.refusals, frame);
        addBounded(pair.refusedProtocols, lastNumber(row, 'ip.proto') ?? 0, 256);
        return;
      }
      if (!ORDINARY.has(protocol)) {
        const pair = at(source, target);
        if (pair === null) return;
        addBounded(pair.protocols, protocol, 256);
        addEvidence(pair.protocolProbes, frame);
      }
      for (const test of FINGERPRINT_TESTS) {
        const pair = test.shows(packet) ? at(source, target) : null;
        if (pair === null) continue;
        const seen = pair.tests.get(test.name) ?? noEvidence();
        pair.tests.set(test.name, seen);
        addEvidence(seen, frame);
      }
    },
    finish: (): OddProbes[] => pairs.values(),
  };
}

function newPair(source: string, target: string): OddProbes {
  return {
    source,
    target,
    protocols: new Set(),
    protocolProbes: noEvidence(),
    refusals: noEvidence(),
    refusedProtocols: new Set(),
    tests: new Map(),
  };
}
