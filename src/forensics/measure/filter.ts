import { isIpv6, isMac } from './packet.ts';

/** Display filters that tshark 4.0 and 4.4 both accept. Only addresses that were checked, and numbers, go in. */

/** Packets from an address. */
export const from = (address: string): string => `${field(address, 'src')} == ${address}`;

/** Packets to an address. */
export const to = (address: string): string => `${field(address, 'dst')} == ${address}`;

/** Packets from one address to another. */
export const between = (source: string, target: string): string => `${from(source)} && ${to(target)}`;

/** One of several values of a field. */
export function oneOf(name: string, values: Iterable<string | number>): string {
  const list = [...values];
  return list.length === 1 ? `${name} == ${list[0]}` : `${name} in {${list.join(', ')}}`;
}

/** Packets to one of several addresses. */
export const toAny = (addresses: readonly string[]): string => anyHost(addresses, 'dst');

/** Packets from one of several addresses. */
export const fromAny = (addresses: readonly string[]): string => anyHost(addresses, 'src');

function anyHost(addresses: readonly string[], end: 'src' | 'dst'): string {
  const byField = Map.groupBy(addresses, (address) => field(address, end));
  const parts = [...byField].map(([name, values]) => oneOf(name, values));
  return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(' || ')})`;
}

export const all = (...conditions: (string | false)[]): string =>
  conditions.filter((condition) => condition !== false && condition !== '').join(' && ');

export const any = (...conditions: string[]): string =>
  conditions.length === 1 ? (conditions[0] ?? '') : `(${conditions.join(' || ')})`;

/** Leaves out ICMP errors, which quote the packets that they are about. */
export const notQuoted = (quotes: boolean): string => (quotes ? '!icmp && !icmpv6' : '');

export const SYN_ONLY = 'tcp.flags.syn == 1 && tcp.flags.ack == 0';

function field(address: string, end: 'src' | 'dst'): string {
  return `${isMac(address) ? 'eth' : isIpv6(address) ? 'ipv6' : 'ip'}.${end}`;
}
