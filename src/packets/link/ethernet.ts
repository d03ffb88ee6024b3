import { u16 } from '../bytes.ts';
import { enter, isQuoted, narrow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { followEthertype } from './ethertype.ts';
import { decodeLlc } from './llc.ts';

const ETH = layer('eth');
const HEADER = 14;
/** Up to this number it is the length of an 802.3 frame. */
const LARGEST_LENGTH = 1500;

/** Ethernet II and IEEE 802.3 with LLC. */
export function decodeEthernet(frame: Frame, at: number): void {
  if (!enter(frame, ETH)) return;
  const { bytes } = frame;
  if (frame.end - at < HEADER) return;
  if (frame.macSource < 0 && !isQuoted(frame)) {
    frame.macTarget = at;
    frame.macSource = at + 6;
  }
  const type = u16(bytes, at + 12);
  if (type > LARGEST_LENGTH) {
    followEthertype(frame, type, at + HEADER);
  } else {
    narrow(frame, at + HEADER, type);
    decodeLlc(frame, at + HEADER);
  }
}
