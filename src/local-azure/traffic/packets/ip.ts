import { concat, internetChecksum, octets, words } from './bytes.ts';
import { addressBytes, ethernetFrame, etherType, isIpv6, type Host } from './link.ts';

/** IP protocol numbers. */
export const ipProtocol = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

/** What an IP header is made of. */
export interface IpPayload {
  readonly source: Host;
  readonly destination: Host;
  readonly protocol: number;
  readonly identification?: number;
  /** Overrides the source's own hop limit; neighbour discovery needs 255. */
  readonly hopLimit?: number;
  readonly payload: Uint8Array;
}

/** A whole Ethernet frame with an IPv4 or IPv6 header, chosen by the source's address. */
export function ipFrame(packet: IpPayload): Uint8Array {
  const v6 = isIpv6(packet.source.address);
  const datagram = v6 ? ipv6(packet) : ipv4(packet);
  const type = v6 ? etherType.ipv6 : etherType.ipv4;
  return ethernetFrame(packet.source.mac, packet.destination.mac, type, datagram);
}

/** The checksum of a TCP, UDP or ICMPv6 message under its pseudo header; the field itself must be zero. */
export function transportChecksum(packet: IpPayload): number {
  const { length } = packet.payload;
  const tail = isIpv6(packet.source.address)
    ? concat(words(length >>> 16, length & 0xffff), octets(0, 0, 0, packet.protocol))
    : concat(octets(0, packet.protocol), words(length));
  return internetChecksum(
    concat(
      addressBytes(packet.source.address),
      addressBytes(packet.destination.address),
      tail,
      packet.payload,
    ),
  );
}

function ipv4(packet: IpPayload): Uint8Array {
  const dontFragment = 0x4000;
  const header = concat(
    words(0x4500, 20 + packet.payload.length, packet.identification ?? 0, dontFragment),
    octets(packet.hopLimit ?? packet.source.hopLimit, packet.protocol, 0, 0),
    addressBytes(packet.source.address),
    addressBytes(packet.destination.address),
  );
  header.set(words(internetChecksum(header)), 10);
  return concat(header, packet.payload);
}

function ipv6(packet: IpPayload): Uint8Array {
  return concat(
    words(0x6000, 0, packet.payload.length),
    octets(packet.protocol, packet.hopLimit ?? packet.source.hopLimit),
    addressBytes(packet.source.address),
    addressBytes(packet.destination.address),
    packet.payload,
  );
}
