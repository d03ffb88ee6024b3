import { u32, u32le } from '../bytes.ts';
import { BY_ETHERTYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const NULL = layer('null');
const HEADER = 4;
/** AF_INET6 differs between the systems that write this header. */
const IPV6_FAMILIES = new Set([10, 23, 24, 28, 30]);

/** BSD loopback: an address family of 4 bytes in the byte order of the machine that captured. */
export function decodeLoopback(frame: Frame, at: number): void {
  if (!enter(frame, NULL) || frame.end - at < HEADER) return;
  const family = Math.min(u32(frame.bytes, at), u32le(frame.bytes, at));
  if (family === 2) follow(frame, BY_ETHERTYPE, 0x0800, at + HEADER);
  else if (IPV6_FAMILIES.has(family)) follow(frame, BY_ETHERTYPE, 0x86dd, at + HEADER);
}
