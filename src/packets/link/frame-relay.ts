import { u16, u24, u8 } from '../bytes.ts';
import { BY_ETHERTYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const FRAME_RELAY = layer('fr');
const UNNUMBERED = 0x03;
const IP = 0xcc;
const IPV6 = 0x8e;
const SNAP = 0x80;

/** Frame Relay with the encapsulation of RFC 2427: an address of 2 to 4 bytes, then the number of a protocol. */
export function decodeFrameRelay(frame: Frame, start: number): void {
  const { bytes, end } = frame;
  if (!enter(frame, FRAME_RELAY)) return;
  let at = start;
  // The lowest bit marks the last byte of the address.
  while (at < start + 4 && at < end && (u8(bytes, at) & 1) === 0) at += 1;
  at += 1;
  if (end - at < 3 || u8(bytes, at) !== UNNUMBERED) return;
  at += u8(bytes, at + 1) === 0 ? 2 : 1;
  const protocol = u8(bytes, at);
  if (protocol === IP) follow(frame, BY_ETHERTYPE, 0x0800, at + 1);
  else if (protocol === IPV6) follow(frame, BY_ETHERTYPE, 0x86dd, at + 1);
  else if (protocol === SNAP && u24(bytes, at + 1) === 0 && end - at >= 6)
    follow(frame, BY_ETHERTYPE, u16(bytes, at + 4), at + 6);
}
