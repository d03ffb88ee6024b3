import { u16le, u32, u32le, u8 } from '../bytes.ts';
import { BY_LINK_TYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { decodeWlan } from './wlan.ts';

const RADIOTAP = layer('radiotap');
const PRISM = layer('prism');
const AVS = layer('wlancap');
const PPI = layer('ppi');
const PACKET_DATA = layer('pcap_pktdata');
const RADIO = layer('wlan_radio');
const IEEE_802_11 = 105;
const PRISM_HEADER = 144;
const AVS_MAGIC = 0x80211001;
const AVS_MAGIC_2 = 0x80211002;

/** 802.11 without anything in front of it. */
export const decodeBareWlan = (frame: Frame, at: number): void => decodeWlan(frame, at, false);

/** Radiotap: of what the radio said, only the length of the header and how the frame is padded matter. */
export function decodeRadiotap(frame: Frame, at: number): void {
  if (!enter(frame, RADIOTAP) || frame.end - at < 8) return;
  const length = u16le(frame.bytes, at + 2);
  if (length < 8 || length > frame.end - at || !enter(frame, RADIO)) return;
  decodeWlan(frame, at + length, isPadded(frame.bytes, at, length));
}

const TSFT = 0x01;
const FLAGS = 0x02;
const MORE_WORDS = 0x80000000;
const DATA_PADDING = 0x20;

/** The flags stand behind the words of what is present, and behind a time of 8 aligned bytes where that is present. */
function isPadded(bytes: Uint8Array, at: number, length: number): boolean {
  const present = u32le(bytes, at + 4);
  let field = 8;
  for (let word = present; (word & MORE_WORDS) !== 0 && field + 4 <= length; field += 4)
    word = u32le(bytes, at + field);
  if ((present & FLAGS) === 0) return false;
  if ((present & TSFT) !== 0) field = ((field + 7) & ~7) + 8;
  return field < length && (u8(bytes, at + field) & DATA_PADDING) !== 0;
}

/** Prism monitor header: 144 bytes, or the shorter one of AVS behind the same link type. */
export function decodePrism(frame: Frame, at: number): void {
  const magic = u32(frame.bytes, at);
  if (magic === AVS_MAGIC || magic === AVS_MAGIC_2) {
    decodeAvs(frame, at);
    return;
  }
  if (!enter(frame, PRISM) || frame.end - at <= PRISM_HEADER || !enter(frame, RADIO)) return;
  decodeWlan(frame, at + PRISM_HEADER, false);
}

/** AVS header, which tells its own length. */
export function decodeAvs(frame: Frame, at: number): void {
  if (!enter(frame, AVS) || frame.end - at < 8) return;
  const length = u32(frame.bytes, at + 4);
  if (length < 8 || length >= frame.end - at || !enter(frame, RADIO)) return;
  decodeWlan(frame, at + length, false);
}

/** Per-packet information of CACE: its length and the link type of what follows. */
export function decodePpi(frame: Frame, at: number): void {
  if (!enter(frame, PPI) || frame.end - at < 8) return;
  const length = u16le(frame.bytes, at + 2);
  const linkType = u32le(frame.bytes, at + 4);
  // A header of another header of this kind could go on for ever.
  if (length < 8 || length >= frame.end - at) return;
  if (linkType === IEEE_802_11) {
    if (enter(frame, RADIO)) decodeWlan(frame, at + length, false);
  } else if (enter(frame, PACKET_DATA)) follow(frame, BY_LINK_TYPE, linkType, at + length);
}
