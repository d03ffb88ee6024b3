import { u16le, u8 } from '../bytes.ts';
import { enter, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { decodeLlc } from './llc.ts';

const RADIOTAP = layer('radiotap');
const RADIO = layer('wlan_radio');
const WLAN = layer('wlan');
const MANAGEMENT = 0;
const DATA = 2;
const SHORTEST = 24;

/** What the radio said about the frame, of which only the length is read, then the frame. */
export function decodeRadiotap(frame: Frame, at: number): void {
  if (!enter(frame, RADIOTAP) || frame.end - at < 8) return;
  const length = u16le(frame.bytes, at + 2);
  if (length < 8 || length > frame.end - at || !enter(frame, RADIO)) return;
  decodeWlan(frame, at + length);
}

/** IEEE 802.11: who sent it to whom, and what an unprotected data frame carries. */
export function decodeWlan(frame: Frame, at: number): void {
  const { bytes } = frame;
  if (!enter(frame, WLAN) || frame.end - at < SHORTEST) return;
  const kind = (u8(bytes, at) >> 2) & 3;
  const subtype = u8(bytes, at) >> 4;
  const flags = u8(bytes, at + 1);
  const direction = flags & 3;
  if (kind !== MANAGEMENT && kind !== DATA) return;
  // Which address means what depends on the two direction bits (IEEE 802.11, table 9-30).
  frame.wlanTarget = direction === 0 || direction === 2 ? at + 4 : at + 16;
  frame.wlanSource = direction === 2 ? at + 16 : at + 10;
  const hasQos = kind === DATA && (subtype & 8) !== 0;
  const header = SHORTEST + (direction === 3 ? 6 : 0) + (hasQos ? 2 : 0);
  const isProtected = (flags & 0x40) !== 0;
  const hasPayload = kind === DATA && (subtype & 4) === 0;
  if (hasPayload && !isProtected && direction !== 3) decodeLlc(frame, at + header);
}
