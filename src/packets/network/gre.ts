import { u16 } from '../bytes.ts';
import { BY_ETHERTYPE, BY_LINK_TYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const GRE = layer('gre');
const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const VERSION = 0x0007;
const BRIDGED_ETHERNET = 0x6558;
const ETHERNET = 1;

/** Generic routing encapsulation (RFC 2784, RFC 2890), version 0 without routing. */
export function decodeGre(frame: Frame, at: number): void {
  if (!enter(frame, GRE) || frame.end - at < 4) return;
  const flags = u16(frame.bytes, at);
  if ((flags & (VERSION | ROUTING)) !== 0) return;
  const options =
    Number((flags & CHECKSUM) !== 0) + Number((flags & KEY) !== 0) + Number((flags & SEQUENCE) !== 0);
  const type = u16(frame.bytes, at + 2);
  const start = at + 4 + 4 * options;
  if (type === BRIDGED_ETHERNET) follow(frame, BY_LINK_TYPE, ETHERNET, start);
  else follow(frame, BY_ETHERTYPE, type, start);
}
