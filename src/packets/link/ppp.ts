import { u16, u8 } from '../bytes.ts';
import { BY_ETHERTYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const PPP = layer('ppp');
const ADDRESS_AND_CONTROL = 0xff03;
/** PPP's numbers for IPv4, IPv6 and MPLS, with their EtherTypes. */
const CARRIED = new Map([
  [0x0021, 0x0800],
  [0x0057, 0x86dd],
  [0x0281, 0x8847],
]);

/** PPP (RFC 1661), with or without HDLC's address and control (RFC 1662); the number may be cut to one byte. */
export function decodePpp(frame: Frame, start: number): void {
  const { bytes } = frame;
  if (!enter(frame, PPP) || frame.end - start < 2) return;
  const at = u16(bytes, start) === ADDRESS_AND_CONTROL ? start + 2 : start;
  const isShort = (u8(bytes, at) & 1) === 1;
  const type = CARRIED.get(isShort ? u8(bytes, at) : u16(bytes, at));
  if (type !== undefined) follow(frame, BY_ETHERTYPE, type, at + (isShort ? 1 : 2));
}

/** The same behind a byte that tells who sent it. */
export const decodePppWithDirection = (frame: Frame, at: number): void => decodePpp(frame, at + 1);
