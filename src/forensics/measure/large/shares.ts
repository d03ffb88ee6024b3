import { u16le, u8 } from '../../../packets/bytes.ts';
import { LAYER_NAMES } from '../../../packets/layers.ts';
import type { DeepOffer } from './deep-offer.ts';

/**
 * Among whom the budget of tshark is shared: TCP and UDP by the lower port, all else by its innermost protocol, Wi-Fi by
 * what kind of frame it is. Numbers are below SHARES.
 */
export const SHARES = 2 * 65_536 + 256 + 4;

const UDP_BASE = 65_536;
const LAYER_BASE = 2 * 65_536;
const WLAN_BASE = LAYER_BASE + 256;
const TCP = 6;
const UDP = 17;
const RADIOTAP = 127;

export const WLAN_CONTROL = WLAN_BASE;
export const WLAN_MANAGEMENT = WLAN_BASE + 1;
/** Beacons and answers to probes: the same again, ten times a second. */
export const WLAN_BEACON = WLAN_BASE + 2;
export const WLAN_DATA = WLAN_BASE + 3;
const WLAN_NAMES = ['wlan control', 'wlan management', 'wlan beacon', 'wlan data'];

export function shareOf(packet: DeepOffer): number {
  const { frame } = packet;
  const port = Math.min(frame.sourcePort, frame.targetPort);
  if (frame.transport === TCP) return port;
  if (frame.transport === UDP) return UDP_BASE + port;
  const innermost = frame.layers[Math.max(frame.depth - 1, 0)] ?? 0;
  return LAYER_NAMES[innermost] === 'wlan' ? wlanShare(packet) : LAYER_BASE + innermost;
}

export function nameOf(share: number): string {
  if (share >= WLAN_BASE) return WLAN_NAMES[share - WLAN_BASE] ?? 'wlan';
  if (share >= LAYER_BASE) return LAYER_NAMES[share - LAYER_BASE] ?? 'other';
  return share >= UDP_BASE ? `udp ${share - UDP_BASE}` : `tcp ${share}`;
}

function wlanShare({ header, bytes, start }: DeepOffer): number {
  const at = header.linkType === RADIOTAP ? start + u16le(bytes, start + 2) : start;
  const kind = (u8(bytes, at) >> 2) & 3;
  if (kind !== 0) return kind === 2 ? WLAN_DATA : WLAN_CONTROL;
  const subtype = u8(bytes, at) >> 4;
  return subtype === 8 || subtype === 5 ? WLAN_BEACON : WLAN_MANAGEMENT;
}

/**
 * Ports whose protocols something is measured of that only tshark tells. What runs on other ports may not take more than
 * its part of the budget together, so that traffic to ever new ports cannot push these aside.
 */
const MEASURED_TCP = [
  88, 102, 110, 135, 139, 143, 179, 389, 445, 502, 1080, 1433, 2404, 3268, 3306, 5060, 5061, 5432, 9600,
  20_000, 44_818,
];
const MEASURED_UDP = [
  88, 137, 138, 389, 500, 520, 521, 1645, 1812, 1813, 1985, 2222, 3222, 5060, 5061, 9600, 20_000, 34_964,
  44_818, 47_808,
];
const MEASURED = new Set([...MEASURED_TCP, ...MEASURED_UDP.map((port) => UDP_BASE + port)]);

export const isMeasured = (share: number): boolean => share >= LAYER_BASE || MEASURED.has(share);
