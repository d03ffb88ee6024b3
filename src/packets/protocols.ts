import { recogniseUdp } from './application/recognise-udp.ts';
import { BY_ETHERTYPE, BY_IP_PROTOCOL, BY_LINK_TYPE, BY_UDP_PAYLOAD, enter, type Frame } from './frame.ts';
import { layer, type LayerName } from './layers.ts';
import { decodeEthernet } from './link/ethernet.ts';
import { decodeCooked, decodeCooked2 } from './link/linux-cooked.ts';
import { decodeLoopback } from './link/loopback.ts';
import { decodeMpls } from './link/mpls.ts';
import { decodePppoe } from './link/pppoe.ts';
import { decodeRawIp } from './link/raw-ip.ts';
import { decodeVlan } from './link/vlan.ts';
import { decodeRadiotap, decodeWlan } from './link/wlan.ts';
import { decodeArp } from './network/arp.ts';
import { addData } from './network/data.ts';
import { decodeGre } from './network/gre.ts';
import { decodeIcmp } from './network/icmp.ts';
import { decodeIcmpv6 } from './network/icmpv6.ts';
import { decodeIpv4 } from './network/ipv4.ts';
import { decodeIpv6 } from './network/ipv6.ts';
import { decodeTcp } from './transport/tcp.ts';
import { decodeUdp } from './transport/udp.ts';

/**
 * Reads the header at `at` into the frame: notes its layer (`enter`), keeps what matters, and says what follows
 * (`follow`). A new protocol is a file with such a function and a line in one of the tables below.
 */
export type Decoder = (frame: Frame, at: number) => void;

const LINK_TYPES = new Map<number, Decoder>([
  [0, decodeLoopback],
  [1, decodeEthernet],
  [12, decodeRawIp],
  [101, decodeRawIp],
  [105, decodeWlan],
  [108, decodeLoopback],
  [113, decodeCooked],
  [127, decodeRadiotap],
  [228, decodeRawIp],
  [229, decodeRawIp],
  [276, decodeCooked2],
]);

/** Link types as capinfos names them (numbers: tcpdump.org/linktypes.html). */
const LINK_NAMES = new Map<number, string>([
  [0, 'null'],
  [1, 'ether'],
  [12, 'rawip'],
  [101, 'rawip'],
  [105, 'ieee-802-11'],
  [108, 'loop'],
  [113, 'linux-sll'],
  [127, 'ieee-802-11-radiotap'],
  [228, 'rawip4'],
  [229, 'rawip6'],
  [276, 'linux-sll2'],
]);

const ETHERTYPES = new Map<number, Decoder>([
  [0x0800, decodeIpv4],
  [0x0806, decodeArp],
  [0x8100, decodeVlan],
  [0x86dd, decodeIpv6],
  [0x8847, decodeMpls],
  [0x8848, decodeMpls],
  [0x8864, decodePppoe],
  [0x888e, named('eapol')],
  [0x88a8, decodeVlan],
  [0x88cc, named('lldp')],
  [0x9100, decodeVlan],
]);

const IP_PROTOCOLS = new Map<number, Decoder>([
  [1, decodeIcmp],
  [2, named('igmp')],
  [4, decodeIpv4],
  [6, decodeTcp],
  [17, decodeUdp],
  [41, decodeIpv6],
  [47, decodeGre],
  [50, named('esp')],
  [51, named('ah')],
  [58, decodeIcmpv6],
  // No next header (RFC 8200).
  [59, () => undefined],
  [89, named('ospf')],
  [132, named('sctp')],
]);

const TABLES = new Map<number, Map<number, Decoder>>([
  [BY_LINK_TYPE, LINK_TYPES],
  [BY_ETHERTYPE, ETHERTYPES],
  [BY_IP_PROTOCOL, IP_PROTOCOLS],
  [BY_UDP_PAYLOAD, new Map([[0, recogniseUdp]])],
]);

/** The decoder of a number in a table; bytes of an unknown protocol become data. */
export function decoderOf(table: number, number: number): Decoder {
  return TABLES.get(table)?.get(number) ?? addData;
}

/** The name of a link type, or its number in words where it is not decoded. */
export const linkTypeName = (linkType: number): string => LINK_NAMES.get(linkType) ?? `link type ${linkType}`;

export const isDecoded = (linkType: number): boolean => LINK_TYPES.has(linkType);

/** Protocols that are named, not decoded. */
function named(name: LayerName): Decoder {
  const number = layer(name);
  return (frame) => void enter(frame, number);
}
