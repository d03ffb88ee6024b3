import { createFragmentTable, type FragmentTable } from './network/fragment-table.ts';

/** Tables in which a header names what follows it: see protocols.ts. */
export const NOTHING_FOLLOWS = 0;
export const BY_LINK_TYPE = 1;
export const BY_ETHERTYPE = 2;
export const BY_IP_PROTOCOL = 3;
/** Whatever a UDP datagram carries: the one number is 0. */
export const BY_UDP_PAYLOAD = 4;
/** A tunnel over UDP, by its port. */
export const BY_UDP_TUNNEL = 5;

/** Deeper nesting than this is hostile or broken; the rest of such a frame is not looked at. */
const MAX_LAYERS = 48;
const MAX_NETWORKS = 8;
export const MAX_SIDES = 8;

/**
 * What was found in one packet: numbers and places in `bytes`, -1 where there is none. One record is filled again and
 * again, so a reader that wants to keep something copies it.
 */
export interface Frame {
  bytes: Uint8Array;
  /** Where the packet begins in them. */
  start: number;
  /** First byte behind what was captured of the layer under way. */
  end: number;
  /** Bytes of it that were on the wire behind `end`: cut off by the snap length. */
  missing: number;

  /** What follows the header under way: in which table, by which number, from where on. */
  nextTable: number;
  nextNumber: number;
  nextAt: number;

  layers: Uint8Array;
  depth: number;
  /** The depth at which an ICMP error begins to quote another packet; -1 where none is quoted. */
  quotedFrom: number;

  /** Where the 6 bytes of a MAC address stand. */
  macSource: number;
  macTarget: number;
  /** Where the header of 802.11 begins. */
  wlanAt: number;
  /** Same as above for 802.11, where the two addresses stand apart. */
  wlanSource: number;
  wlanTarget: number;

  /** IP headers from the outside in, quoted ones included: version, and where the addresses begin. */
  networks: number;
  networkVersion: Uint8Array;
  networkSource: Int32Array;
  networkTarget: Int32Array;
  /** IPv4 identification; -1 for IPv6. */
  networkId: Int32Array;
  /** IP headers that are not quoted. */
  ownNetworks: number;

  /** 6 for TCP, 17 for UDP, 0 for neither: the innermost that is not quoted. */
  transport: number;
  transportAt: number;
  /** The place of its network among the networks. */
  transportNetwork: number;
  sourcePort: number;
  targetPort: number;
  /** Where the payload begins; it ends at `end`. */
  payloadAt: number;
  /** Bytes of payload on the wire; -1 where the header does not tell. */
  payloadLength: number;
  tcpFlags: number;
  tcpSequence: number;
  tcpAcknowledgement: number;
  tcpWindow: number;
  tcpChecksum: number;
  /** Shift count of the window scale option, -1 where there is none. */
  tcpWindowScale: number;

  /**
   * Other transport headers, which count as conversations too: outside of the tunnel that carries the innermost one, and
   * quoted ones. In order; same meaning as above.
   */
  sides: number;
  sideTransport: Uint8Array;
  sideAt: Int32Array;
  sideNetwork: Uint8Array;

  /** Where the header begins. */
  arpAt: number;
  icmpAt: number;
  icmpVersion: number;
  /** Bytes behind the header of an echo message, -1 for other messages. */
  echoLength: number;
  dataLength: number;
  /** Where the message of the application layer begins. */
  applicationAt: number;

  /** Identification in the fragment header of IPv6 and bytes of the datagram that this fragment completed; -1 for none. */
  fragmentIdentification: number;
  reassembledLength: number;
  /** When the packet was seen, in whole seconds: waiting fragments grow old by it. */
  seconds: number;
  /** Fragments of earlier packets that wait for the rest of their datagram. */
  readonly fragments: FragmentTable;
}

const NOTHING = new Uint8Array(0);

export function createFrame(): Frame {
  return {
    bytes: NOTHING,
    start: 0,
    end: 0,
    missing: 0,
    nextTable: NOTHING_FOLLOWS,
    nextNumber: 0,
    nextAt: 0,
    layers: new Uint8Array(MAX_LAYERS),
    depth: 0,
    quotedFrom: -1,
    macSource: -1,
    macTarget: -1,
    wlanAt: -1,
    wlanSource: -1,
    wlanTarget: -1,
    networks: 0,
    networkVersion: new Uint8Array(MAX_NETWORKS),
    networkSource: new Int32Array(MAX_NETWORKS),
    networkTarget: new Int32Array(MAX_NETWORKS),
    networkId: new Int32Array(MAX_NETWORKS),
    ownNetworks: 0,
    transport: 0,
    transportAt: -1,
    transportNetwork: 0,
    sourcePort: 0,
    targetPort: 0,
    payloadAt: -1,
    payloadLength: -1,
    tcpFlags: 0,
    tcpSequence: 0,
    tcpAcknowledgement: 0,
    tcpWindow: 0,
    tcpChecksum: 0,
    tcpWindowScale: -1,
    sides: 0,
    sideTransport: new Uint8Array(MAX_SIDES),
    sideAt: new Int32Array(MAX_SIDES),
    sideNetwork: new Uint8Array(MAX_SIDES),
    arpAt: -1,
    icmpAt: -1,
    icmpVersion: 0,
    echoLength: -1,
    dataLength: -1,
    applicationAt: -1,
    fragmentIdentification: -1,
    reassembledLength: -1,
    seconds: 0,
    fragments: createFragmentTable(),
  };
}

/** Makes the record ready for the next packet. */
export function resetFrame(frame: Frame, bytes: Uint8Array, end: number, missing: number): void {
  frame.bytes = bytes;
  frame.end = end;
  frame.missing = missing;
  frame.nextTable = NOTHING_FOLLOWS;
  frame.depth = 0;
  frame.quotedFrom = -1;
  frame.macSource = -1;
  frame.macTarget = -1;
  frame.wlanAt = -1;
  frame.wlanSource = -1;
  frame.wlanTarget = -1;
  frame.networks = 0;
  frame.ownNetworks = 0;
  frame.transport = 0;
  frame.transportNetwork = 0;
  frame.sides = 0;
  frame.transportAt = -1;
  frame.payloadAt = -1;
  frame.payloadLength = -1;
  frame.tcpFlags = 0;
  frame.tcpWindowScale = -1;
  frame.arpAt = -1;
  frame.icmpAt = -1;
  frame.echoLength = -1;
  frame.dataLength = -1;
  frame.applicationAt = -1;
  frame.fragmentIdentification = -1;
  frame.reassembledLength = -1;
}

/** Notes a layer; false where there are too many, which ends the decoding of the packet. */
export function enter(frame: Frame, layer: number): boolean {
  if (frame.depth >= MAX_LAYERS) return false;
  frame.layers[frame.depth] = layer;
  frame.depth += 1;
  return true;
}

/** Says what follows: the protocol with this number in this table, from `at` on. */
export function follow(frame: Frame, table: number, number: number, at: number): void {
  frame.nextTable = table;
  frame.nextNumber = number;
  frame.nextAt = at;
}

/** Narrows the frame to the `length` bytes from `at` on that a header claims: what follows is padding or a trailer. */
export function narrow(frame: Frame, at: number, length: number): void {
  const onWire = frame.end - at + frame.missing;
  const claimed = Math.min(length, onWire);
  const captured = Math.max(Math.min(claimed, frame.end - at), 0);
  frame.end = at + captured;
  frame.missing = Math.max(claimed - captured, 0);
}

/** Remembers an IP header; beyond MAX_NETWORKS of them only the layers are noted. */
export function addNetwork(frame: Frame, version: number, source: number, target: number, id: number): void {
  const index = frame.networks;
  if (index >= MAX_NETWORKS) return;
  frame.networkVersion[index] = version;
  frame.networkSource[index] = source;
  frame.networkTarget[index] = target;
  frame.networkId[index] = id;
  frame.networks += 1;
  if (!isQuoted(frame)) frame.ownNetworks += 1;
}

/** Whether an ICMP error quotes what is being decoded. */
export const isQuoted = (frame: Frame): boolean => frame.quotedFrom >= 0;

/** Whether the layer was met, outside of what is quoted. */
export function hasLayer(frame: Frame, layer: number): boolean {
  const end = frame.quotedFrom < 0 ? frame.depth : frame.quotedFrom;
  for (let index = 0; index < end; index += 1) if (frame.layers[index] === layer) return true;
  return false;
}
