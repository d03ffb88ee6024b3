import { u16, u8 } from '../bytes.ts';
import { BY_ETHERTYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const TEREDO = layer('teredo');
const IPV6 = 0x86dd;
const AUTHENTICATION = 1;
const ORIGIN = 0;

/** Teredo (RFC 4380): IPv6 over UDP, with up to two indications in front. */
export function decodeTeredo(frame: Frame, start: number): void {
  const { bytes } = frame;
  if (!enter(frame, TEREDO)) return;
  let at = start;
  if (u16(bytes, at) === AUTHENTICATION) at += 13 + u8(bytes, at + 2) + u8(bytes, at + 3);
  if (u16(bytes, at) === ORIGIN) at += 8;
  if (at < frame.end && u8(bytes, at) >> 4 === 6) follow(frame, BY_ETHERTYPE, IPV6, at);
}
