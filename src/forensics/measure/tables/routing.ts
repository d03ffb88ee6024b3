import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { has, number, numbers, text, type Row } from '../row.ts';

/** How a routing or redundancy protocol proves who speaks, as one router sends it. */
export interface WeakAuth {
  router: string;
  /** Which of WEAK_AUTHS. */
  index: number;
  seen: Evidence;
}

/** A BGP session that one router closed. */
export interface BgpClosure {
  closer: string;
  peer: string;
  notifications: Evidence;
  /** Error codes of RFC 4271 section 4.5. */
  errors: Set<number>;
}

export interface RoutingTable {
  weakAuths: WeakAuth[];
  closures: BgpClosure[];
}

interface Weakness {
  protocol: string;
  how: 'no authentication' | 'a password in the clear';
  layer: string;
  filter: string;
  shows: (row: Row) => boolean;
}

const NONE = 'no authentication';
const CLEAR = 'a password in the clear';

/** Protocols whose packets say how they are authenticated. */
export const WEAK_AUTHS: readonly Weakness[] = [
  weakness('OSPF', NONE, 'ospf', 'ospf.auth.type == 0', (row) => number(row, 'ospf.auth.type') === 0),
  weakness('OSPF', CLEAR, 'ospf', 'ospf.auth.type == 1', (row) => number(row, 'ospf.auth.type') === 1),
  weakness(
    'RIP',
    NONE,
    'rip',
    'rip.version && !rip.auth.type',
    (row) => has(row, 'rip.version') && !has(row, 'rip.auth.type'),
  ),
  weakness('RIP', CLEAR, 'rip', 'rip.auth.type == 2', (row) => number(row, 'rip.auth.type') === 2),
  weakness(
    'EIGRP',
    NONE,
    'eigrp',
    'eigrp.opcode && !eigrp.auth.type',
    (row) => has(row, 'eigrp.opcode') && !has(row, 'eigrp.auth.type'),
  ),
  weakness(
    'GLBP',
    CLEAR,
    'glbp',
    'glbp.auth.authtype == 1',
    (row) => number(row, 'glbp.auth.authtype') === 1,
  ),
  weakness('HSRP version 2', CLEAR, 'hsrp', 'hsrp2.text_auth_tlv', (row) => has(row, 'hsrp2.text_auth_tlv')),
  weakness(
    'HSRP',
    CLEAR,
    'hsrp',
    'hsrp.auth_data matches "^[!-~]" && hsrp.auth_data != "cisco"',
    (row) => /^[!-~]/.test(text(row, 'hsrp.auth_data')) && text(row, 'hsrp.auth_data') !== 'cisco',
  ),
  weakness('VRRP', NONE, 'vrrp', 'vrrp.auth_type == 0', (row) => number(row, 'vrrp.auth_type') === 0),
  weakness('VRRP', CLEAR, 'vrrp', 'vrrp.auth_type == 1', (row) => number(row, 'vrrp.auth_type') === 1),
];

function weakness(
  protocol: string,
  how: Weakness['how'],
  layer: string,
  filter: string,
  shows: Weakness['shows'],
): Weakness {
  return { protocol, how, layer, filter, shows };
}

const MAX_ROWS = 10_000;
const NOTIFICATION = 3;

/** Routing protocols: how they are protected, and BGP sessions that end. */
export function createRouting() {
  const weakAuths = createBoundedMap<WeakAuth>(MAX_ROWS, (key) => {
    const [index = '', router = ''] = key.split(' ');
    return { router, index: Number(index), seen: noEvidence() };
  });
  const closures = createBoundedMap<BgpClosure>(MAX_ROWS, (key) => {
    const [closer = '', peer = ''] = key.split(' ');
    return { closer, peer, notifications: noEvidence(), errors: new Set() };
  });
  return {
    add({ layers, source, target, row, frame }: Packet): void {
      if (source === null || target === null) return;
      for (const [index, { layer, shows }] of WEAK_AUTHS.entries()) {
        const weak = layers.includes(layer) && shows(row) ? weakAuths.at(`${index} ${source}`) : null;
        if (weak !== null) addEvidence(weak.seen, frame);
      }
      if (!layers.includes('bgp') || !numbers(row, 'bgp.type').includes(NOTIFICATION)) return;
      const closure = closures.at(`${source} ${target}`);
      if (closure === null) return;
      addEvidence(closure.notifications, frame);
      addBounded(closure.errors, number(row, 'bgp.notify.major_error') ?? 0, 20);
    },
    finish: (): RoutingTable => ({ weakAuths: weakAuths.values(), closures: closures.values() }),
  };
}
