import { concat, octets, words } from './bytes.ts';

/** A station as the capturing machine sees it: far hosts carry the gateway's MAC. */
export interface Host {
  /** IPv4 dotted, or IPv6 with at most one `::`. */
  readonly address: string;
  readonly mac: string;
  /** The time to live its packets show where the capture is taken. */
  readonly hopLimit: number;
}

/** One end of a conversation. */
export interface Endpoint {
  readonly host: Host;
  readonly port: number;
}

/** A finished frame with what a capture filter looks at. */
export interface Packet {
  readonly bytes: Uint8Array;
  readonly protocol: 'TCP' | 'UDP' | 'other';
  readonly source: { readonly address: string; readonly port: number };
  readonly destination: { readonly address: string; readonly port: number };
}

/** EtherType words. */
export const etherType = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;

/** An Ethernet II frame without padding and without check sequence, as captures on a host show it. */
export function ethernetFrame(source: string, destination: string, type: number, payload: Uint8Array) {
  return concat(macBytes(destination), macBytes(source), words(type), payload);
}

/** The six bytes of a MAC address written with colons. */
export function macBytes(mac: string): Uint8Array {
  return octets(...mac.split(':').map((part) => Number.parseInt(part, 16)));
}

/** Whether the address is written as IPv6. */
export function isIpv6(address: string): boolean {
  return address.includes(':');
}

/** The four or sixteen bytes of an address. */
export function addressBytes(address: string): Uint8Array {
  if (!isIpv6(address)) {
    return octets(...address.split('.').map(Number));
  }
  const [head = '', tail] = address.split('::');
  const first = groups(head);
  const last = groups(tail ?? '');
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => 0);
  return words(...first, ...(tail === undefined ? [] : zeros), ...last);
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

/** A packet that no TCP or UDP filter matches. */
export function otherPacket(source: Host, destination: Host, bytes: Uint8Array): Packet {
  return {
    bytes,
    protocol: 'other',
    source: { address: source.address, port: 0 },
    destination: { address: destination.address, port: 0 },
  };
}
