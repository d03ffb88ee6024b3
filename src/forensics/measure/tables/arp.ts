import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { isAddress, isMac, type Packet } from '../packet.ts';
import { number, text } from '../row.ts';

/** One MAC address claiming one IP address by ARP. */
export interface ArpClaim {
  ip: string;
  mac: string;
  claims: Evidence;
  replies: number;
  /** IP addresses that the replies were sent to, at most 50. */
  told: Set<string>;
  firstAt: number;
  lastAt: number;
}

/** ARP requests of one sender. */
export interface ArpAsker {
  mac: string;
  /** The sender's own IP addresses. */
  ips: Set<string>;
  requests: Evidence;
  targets: Set<string>;
  firstAt: number;
  lastAt: number;
}

export interface ArpTable {
  claims: ArpClaim[];
  askers: ArpAsker[];
}

const MAX_ROWS = 20_000;
const MAX_TARGETS = 70_000;
const MAX_TOLD = 50;
const REQUEST = 1;
const REPLY = 2;

export function createArp() {
  const claims = createBoundedMap<ArpClaim>(MAX_ROWS, (key) => {
    const [ip = '', mac = ''] = key.split(' ');
    return {
      ip,
      mac,
      claims: noEvidence(),
      replies: 0,
      told: new Set(),
      firstAt: Infinity,
      lastAt: -Infinity,
    };
  });
  const askers = createBoundedMap<ArpAsker>(MAX_ROWS, (mac) => ({
    mac,
    ips: new Set(),
    requests: noEvidence(),
    targets: new Set(),
    firstAt: Infinity,
    lastAt: -Infinity,
  }));
  return {
    add({ row, layers, frame, at }: Packet): void {
      const opcode = number(row, 'arp.opcode');
      if (!layers.includes('arp') || (opcode !== REQUEST && opcode !== REPLY)) return;
      const mac = text(row, 'arp.src.hw_mac').toLowerCase();
      const ip = text(row, 'arp.src.proto_ipv4');
      const target = text(row, 'arp.dst.proto_ipv4');
      if (!isMac(mac) || !isAddress(ip)) return;
      const claim = ip === '0.0.0.0' ? null : claims.at(`${ip} ${mac}`);
      if (claim !== null) {
        addEvidence(claim.claims, frame);
        if (opcode === REPLY) {
          claim.replies += 1;
          if (isAddress(target)) addBounded(claim.told, target, MAX_TOLD);
        }
        claim.firstAt = Math.min(claim.firstAt, at);
        claim.lastAt = Math.max(claim.lastAt, at);
      }
      const asker = opcode === REQUEST && isAddress(target) && target !== ip ? askers.at(mac) : null;
      if (asker === null) return;
      addEvidence(asker.requests, frame);
      if (ip !== '0.0.0.0') addBounded(asker.ips, ip, 20);
      addBounded(asker.targets, target, MAX_TARGETS);
      asker.firstAt = Math.min(asker.firstAt, at);
      asker.lastAt = Math.max(asker.lastAt, at);
    },
    finish: (): ArpTable => ({ claims: claims.values(), askers: askers.values() }),
  };
}
