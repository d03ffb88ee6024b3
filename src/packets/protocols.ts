import { recogniseUdp } from './application/recognise-udp.ts';
import {
  BY_ETHERTYPE,
  BY_IP_PROTOCOL,
  BY_LINK_TYPE,
  BY_UDP_PAYLOAD,
  BY_UDP_TUNNEL,
  enter,
  type Frame,
} from './frame.ts';
import { layer, type LayerName } from './layers.ts';
import { decodeEthernet } from './link/ethernet.ts';
import { decodeFrameRelay } from './link/frame-relay.ts';
import { decodeCiscoHdlc } from './link/hdlc.ts';
import { decodeCooked, decodeCooked2 } from './link/linux-cooked.ts';
import { decodeLoopback } from './link/loopback.ts';
import { decodeMpls } from './link/mpls.ts';
import { decodeNflog } from './link/nflog.ts';
import { decodeEnc, decodePflog } from './link/openbsd.ts';
import { decodePpp, decodePppWithDirection } from './link/ppp.ts';
import { decodePppoe } from './link/pppoe.ts';
import { decodeAvs, decodeBareWlan, decodePpi, decodePrism, decodeRadiotap } from './link/radio.ts';
import { decodeRawIp, decodeTypedIp } from './link/raw-ip.ts';
import { decodeProviderVlan, decodeVlan } from './link/vlan.ts';
import { decodeAh } from './network/ah.ts';
import { decodeArp } from './network/arp.ts';
import { addData } from './network/data.ts';
import { decodeIcmp } from './network/icmp.ts';
import { decodeIcmpv6 } from './network/icmpv6.ts';
import { decodeIpv4 } from './network/ipv4.ts';
import { decodeIpv6 } from './network/ipv6.ts';
import { decodeTcp } from './transport/tcp.ts';
import { decodeUdp } from './transport/udp.ts';
import { decodeCapwap } from './tunnel/capwap.ts';
import { decodeGeneve } from './tunnel/geneve.ts';
import { decodeGre } from './tunnel/gre.ts';
import { decodeGtp } from './tunnel/gtp.ts';
import { decodeL2tp } from './tunnel/l2tp.ts';
import { decodeTeredo } from './tunnel/teredo.ts';
import { decodeVxlan } from './tunnel/vxlan.ts';

/**
 * Reads the header at `at` into the frame: notes its layer (`enter`), keeps what matters, and says what follows
 * (`follow`). A new protocol is a file with such a function and a line in one of the tables below.
 */
export type Decoder = (frame: Frame, at: number) => void;

/** By LINKTYPE_ number (tcpdump.org/linktypes.html), each with the name that capinfos gives it. */
const LINKS: readonly [number, string, Decoder][] = [
  [0, 'null', decodeLoopback],
  [1, 'ether', decodeEthernet],
  [9, 'ppp', decodePpp],
  [12, 'rawip', decodeRawIp],
  [50, 'ppp', decodePpp],
  [101, 'rawip', decodeRawIp],
  [104, 'chdlc', decodeCiscoHdlc],
  [105, 'ieee-802-11', decodeBareWlan],
  [107, 'frelay', decodeFrameRelay],
  [108, 'loop', decodeLoopback],
  [109, 'enc', decodeEnc],
  [113, 'linux-sll', decodeCooked],
  [117, 'pflog', decodePflog],
  [119, 'ieee-802-11-prism', decodePrism],
  [127, 'ieee-802-11-radiotap', decodeRadiotap],
  [163, 'ieee-802-11-avs', decodeAvs],
  [192, 'ppi', decodePpi],
  [204, 'ppp-with-direction', decodePppWithDirection],
  [228, 'rawip4', decodeTypedIp],
  [229, 'rawip6', decodeTypedIp],
  [239, 'nflog', decodeNflog],
  [276, 'linux-sll2', decodeCooked2],
];

const LINK_TYPES = new Map(LINKS.map(([number, , decoder]) => [number, decoder]));
const LINK_NAMES = new Map(LINKS.map(([number, name]) => [number, name]));

const ETHERTYPES = new Map<number, Decoder>([
  [0x0800, decodeIpv4],
  [0x0806, decodeArp],
  [0x8100, decodeVlan],
  [0x86dd, decodeIpv6],
  [0x8847, decodeMpls],
  [0x8848, decodeMpls],
  [0x8864, decodePppoe],
  [0x888e, named('eapol')],
  [0x88a8, decodeProviderVlan],
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
  [51, decodeAh],
  [58, decodeIcmpv6],
  // No next header (RFC 8200).
  [59, () => undefined],
  [89, named('ospf')],
  [132, named('sctp')],
]);

/** What UDP carries to these ports. */
const UDP_TUNNELS = new Map<number, Decoder>([
  [1701, decodeL2tp],
  [2152, decodeGtp],
  [3544, decodeTeredo],
  [4789, decodeVxlan],
  [5247, decodeCapwap],
  [6081, decodeGeneve],
  [6635, decodeMpls],
]);

const TABLES = new Map<number, Map<number, Decoder>>([
  [BY_LINK_TYPE, LINK_TYPES],
  [BY_ETHERTYPE, ETHERTYPES],
  [BY_IP_PROTOCOL, IP_PROTOCOLS],
  [BY_UDP_PAYLOAD, new Map([[0, recogniseUdp]])],
  [BY_UDP_TUNNEL, UDP_TUNNELS],
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
