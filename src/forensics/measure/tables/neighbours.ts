import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { isGroupAddress, isIpv6, isMac, type Packet } from '../packet.ts';
import { all, number, text } from '../row.ts';

/** One network card claiming one IPv6 address by neighbour advertisements. */
export interface NeighbourClaim {
  ip: string;
  mac: string;
  claims: Evidence;
  firstAt: number;
  lastAt: number;
}

/** One router of the link, as its advertisements show it. */
export interface LinkRouter {
  address: string;
  mac: string;
  advertisements: Evidence;
  prefixes: Set<string>;
  /** Whether it asks to be preferred to others (RFC 4191). */
  wantsPreference: boolean;
  firstAt: number;
}

export interface NeighbourTable {
  claims: NeighbourClaim[];
  routers: LinkRouter[];
  /** Network cards that asked for a router, as hosts do and routers do not. */
  hosts: Set<string>;
}

const MAX_ROWS = 10_000;
const MAX_PREFIXES = 20;
const SOLICITATION = 133;
const ADVERTISEMENT = 134;
const NEIGHBOUR_ADVERTISEMENT = 136;
const HIGH = 1;

/** Who claims which IPv6 address, and who says that it is a router. */
export function createNeighbours() {
  const claims = createBoundedMap<NeighbourClaim>(MAX_ROWS, (key) => {
    const [ip = '', mac = ''] = key.split(' ');
    return { ip, mac, claims: noEvidence(), firstAt: Infinity, lastAt: -Infinity };
  });
  const routers = createBoundedMap<LinkRouter>(MAX_ROWS, (key) => {
    const [address = '', mac = ''] = key.split(' ');
    return {
      address,
      mac,
      advertisements: noEvidence(),
      prefixes: new Set(),
      wantsPreference: false,
      firstAt: 0,
    };
  });
  const hosts = new Set<string>();
  return {
    add({ row, layers, source, frame, at }: Packet): void {
      if (!layers.includes('icmpv6') || source === null) return;
      const type = number(row, 'icmpv6.type');
      const mac = text(row, 'eth.src').toLowerCase();
      if (!isMac(mac)) return;
      if (type === SOLICITATION) addBounded(hosts, mac, MAX_ROWS);
      if (type === NEIGHBOUR_ADVERTISEMENT) {
        const ip = text(row, 'icmpv6.nd.na.target_address').toLowerCase();
        const claim = isIpv6(ip) && !isGroupAddress(ip) ? claims.at(`${ip} ${mac}`) : null;
        if (claim === null) return;
        addEvidence(claim.claims, frame);
        claim.firstAt = Math.min(claim.firstAt, at);
        claim.lastAt = Math.max(claim.lastAt, at);
      } else if (type === ADVERTISEMENT) {
        const router = routers.at(`${source} ${mac}`);
        if (router === null) return;
        if (router.advertisements.count === 0) router.firstAt = at;
        addEvidence(router.advertisements, frame);
        for (const prefix of all(row, 'icmpv6.opt.prefix')) addBounded(router.prefixes, prefix, MAX_PREFIXES);
        router.wantsPreference ||= number(row, 'icmpv6.nd.ra.flag.prf') === HIGH;
      }
    },
    finish: (): NeighbourTable => ({ claims: claims.values(), routers: routers.values(), hosts }),
  };
}
