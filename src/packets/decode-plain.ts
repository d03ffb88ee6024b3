import { s32, u16 } from './bytes.ts';
import { BY_UDP_PAYLOAD, NOTHING_FOLLOWS, type Frame } from './frame.ts';
import { layer } from './layers.ts';
import { readTcpOptions } from './transport/tcp.ts';

const ETH = layer('eth');
const ETHERTYPE = layer('ethertype');
const VLAN = layer('vlan');
const IP = layer('ip');
const IPV6 = layer('ipv6');
const TCP = layer('tcp');
const UDP = layer('udp');
/** Ethernet, IPv4 and UDP: nothing that is shorter is plain. */
const SHORTEST = 14 + 20 + 8;
/** The TCP options of most segments: two bytes of padding and a time stamp. */
const ONLY_TIME_STAMP = 0x0101_080a;

/**
 * Decodes what nearly all packets are in one go: Ethernet with at most one VLAN tag, IPv4 without options and not a
 * fragment, or IPv6 without extension headers, then TCP or UDP, every length sound. Fills the frame as the decoders of
 * these protocols would, one after the other, and a test holds the two together; false, and the frame untouched, where
 * the packet is anything else.
 */
export function decodePlain(
  frame: Frame,
  bytes: Uint8Array,
  start: number,
  end: number,
  missing: number,
): boolean {
  if (end - start < SHORTEST) return false;
  let type = u16(bytes, start + 12);
  let at = start + 14;
  const isTagged = type === 0x8100;
  if (isTagged) {
    type = u16(bytes, at + 2);
    at += 4;
  }
  if (type === 0x0800) {
    if (bytes[at] !== 0x45 || end - at < 28 || (u16(bytes, at + 6) & 0x3fff) !== 0) return false;
    const protocol = bytes[at + 9] ?? 0;
    const length = u16(bytes, at + 2);
    const onWire = end - at + missing;
    const claimed = length < onWire ? length : onWire;
    const captured = claimed < end - at ? claimed : end - at;
    const behind = at + 20;
    if (!fillTransport(frame, bytes, protocol, behind, at + captured, claimed - captured)) return false;
    fillLink(frame, bytes, start, isTagged, IP);
    frame.networkVersion[0] = 4;
    frame.networkSource[0] = at + 12;
    frame.networkTarget[0] = at + 16;
    frame.networkId[0] = u16(bytes, at + 4);
    return true;
  }
  if (type !== 0x86dd || end - at < 48 || (bytes[at] ?? 0) >> 4 !== 6) return false;
  const length = u16(bytes, at + 4);
  const behind = at + 40;
  const onWire = end - behind + missing;
  const claimed = length < onWire ? length : onWire;
  const captured = claimed < end - behind ? claimed : end - behind;
  const protocol = bytes[at + 6] ?? 0;
  if (!fillTransport(frame, bytes, protocol, behind, behind + captured, claimed - captured)) return false;
  fillLink(frame, bytes, start, isTagged, IPV6);
  frame.networkVersion[0] = 6;
  frame.networkSource[0] = at + 8;
  frame.networkTarget[0] = at + 24;
  frame.networkId[0] = -1;
  return true;
}

/** The layers up to the network, and what no plain packet has. */
function fillLink(frame: Frame, bytes: Uint8Array, start: number, isTagged: boolean, network: number): void {
  const { layers } = frame;
  frame.bytes = bytes;
  layers[0] = ETH;
  layers[1] = ETHERTYPE;
  let depth = 2;
  if (isTagged) {
    layers[2] = VLAN;
    layers[3] = ETHERTYPE;
    depth = 4;
  }
  layers[depth] = network;
  layers[depth + 1] = frame.transport === 6 ? TCP : UDP;
  frame.depth = depth + 2;
  frame.quotedFrom = -1;
  frame.macTarget = start;
  frame.macSource = start + 6;
  frame.wlanAt = -1;
  frame.wlanSource = -1;
  frame.wlanTarget = -1;
  frame.networks = 1;
  frame.ownNetworks = 1;
  frame.transportNetwork = 0;
  frame.sides = 0;
  frame.arpAt = -1;
  frame.icmpAt = -1;
  frame.echoLength = -1;
  frame.dataLength = -1;
  frame.applicationAt = -1;
  frame.fragmentIdentification = -1;
  frame.reassembledLength = -1;
}

/** A sound TCP or UDP header at `at`, of a packet that ends at `end`; false, and nothing written, for anything else. */
function fillTransport(
  frame: Frame,
  bytes: Uint8Array,
  protocol: number,
  at: number,
  end: number,
  missing: number,
): boolean {
  if (protocol === 6) return fillTcp(frame, bytes, at, end, missing);
  return protocol === 17 && fillUdp(frame, bytes, at, end, missing);
}

function fillTcp(frame: Frame, bytes: Uint8Array, at: number, end: number, missing: number): boolean {
  if (end - at < 20) return false;
  const header = ((bytes[at + 12] ?? 0) >> 4) * 4;
  const length = end - at + missing;
  if (header < 20 || header > length) return false;
  const payloadAt = at + header < end ? at + header : end;
  frame.end = end;
  frame.missing = missing;
  frame.nextTable = NOTHING_FOLLOWS;
  frame.transport = 6;
  frame.transportAt = at;
  frame.sourcePort = u16(bytes, at);
  frame.targetPort = u16(bytes, at + 2);
  frame.tcpSequence = s32(bytes, at + 4) >>> 0;
  frame.tcpAcknowledgement = s32(bytes, at + 8) >>> 0;
  frame.tcpFlags = u16(bytes, at + 12) & 0x0fff;
  frame.tcpWindow = u16(bytes, at + 14);
  frame.tcpChecksum = u16(bytes, at + 16);
  frame.tcpWindowScale = -1;
  frame.payloadAt = payloadAt;
  frame.payloadLength = length - header;
  if (header > 20 && (header !== 32 || end - at < 32 || s32(bytes, at + 20) !== ONLY_TIME_STAMP)) {
    frame.bytes = bytes;
    readTcpOptions(frame, at + 20, payloadAt);
  }
  return true;
}

function fillUdp(frame: Frame, bytes: Uint8Array, at: number, end: number, missing: number): boolean {
  if (end - at < 8) return false;
  const length = u16(bytes, at + 4);
  if (length < 8) return false;
  const onWire = end - at + missing;
  const claimed = length < onWire ? length : onWire;
  const captured = claimed < end - at ? claimed : end - at;
  frame.end = at + captured;
  frame.missing = claimed - captured;
  frame.transport = 17;
  frame.transportAt = at;
  frame.sourcePort = u16(bytes, at);
  frame.targetPort = u16(bytes, at + 2);
  frame.tcpFlags = 0;
  frame.tcpWindowScale = -1;
  frame.payloadAt = at + 8;
  frame.payloadLength = claimed - 8;
  frame.nextTable = BY_UDP_PAYLOAD;
  frame.nextNumber = 0;
  frame.nextAt = at + 8;
  return true;
}
