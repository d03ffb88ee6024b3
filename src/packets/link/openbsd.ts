import { u32, u32le, u8 } from '../bytes.ts';
import { BY_ETHERTYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const ENC = layer('enc');
const PFLOG = layer('pflog');
const ENC_HEADER = 12;
const IPV4 = 2;
const IPV6_FAMILIES = new Set([10, 24, 28, 30]);

/** What IPsec unwraps on OpenBSD: an address family, 8 bytes, then IP. */
export function decodeEnc(frame: Frame, at: number): void {
  if (!enter(frame, ENC) || frame.end - at < ENC_HEADER) return;
  const family = Math.min(u32(frame.bytes, at), u32le(frame.bytes, at));
  followFamily(frame, family, at + ENC_HEADER);
}

/** What the packet filter of OpenBSD logs: a header that tells its own length, then IP. */
export function decodePflog(frame: Frame, at: number): void {
  if (!enter(frame, PFLOG) || frame.end - at < 4) return;
  const length = (u8(frame.bytes, at) + 3) & ~3;
  if (length >= 4) followFamily(frame, u8(frame.bytes, at + 1), at + length);
}

function followFamily(frame: Frame, family: number, at: number): void {
  if (family === IPV4) follow(frame, BY_ETHERTYPE, 0x0800, at);
  else if (IPV6_FAMILIES.has(family)) follow(frame, BY_ETHERTYPE, 0x86dd, at);
}
