import { u16 } from '../bytes.ts';
import { BY_ETHERTYPE, BY_LINK_TYPE, enter, follow, narrow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { decodeErspan, decodeErspan1 } from './erspan.ts';

const GRE = layer('gre');
const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const ACKNOWLEDGEMENT = 0x0080;
const VERSION = 0x0007;
const ENHANCED = 1;
const BRIDGED_ETHERNET = 0x6558;
const ERSPAN = 0x88be;
const ERSPAN_3 = 0x22eb;
const PPP = 0x880b;
const ETHERNET = 1;
const PPP_LINK = 9;

/** Generic routing encapsulation (RFC 2784, RFC 2890) without routing, and its enhanced form for PPTP (RFC 2637). */
export function decodeGre(frame: Frame, at: number): void {
  if (!enter(frame, GRE) || frame.end - at < 4) return;
  const flags = u16(frame.bytes, at);
  const type = u16(frame.bytes, at + 2);
  if ((flags & VERSION) === ENHANCED) decodeEnhanced(frame, at, flags, type);
  if ((flags & (VERSION | ROUTING)) !== 0) return;
  const options =
    Number((flags & CHECKSUM) !== 0) + Number((flags & KEY) !== 0) + Number((flags & SEQUENCE) !== 0);
  const start = at + 4 + 4 * options;
  if (type === BRIDGED_ETHERNET) follow(frame, BY_LINK_TYPE, ETHERNET, start);
  else if (type === ERSPAN && (flags & SEQUENCE) === 0) decodeErspan1(frame, start);
  else if (type === ERSPAN || type === ERSPAN_3) decodeErspan(frame, start);
  else follow(frame, BY_ETHERTYPE, type, start);
}

/** The key holds the length of the payload. */
function decodeEnhanced(frame: Frame, at: number, flags: number, type: number): void {
  const options = Number((flags & SEQUENCE) !== 0) + Number((flags & ACKNOWLEDGEMENT) !== 0);
  const start = at + 8 + 4 * options;
  if (type !== PPP || start >= frame.end) return;
  narrow(frame, start, u16(frame.bytes, at + 4));
  if (start < frame.end) follow(frame, BY_LINK_TYPE, PPP_LINK, start);
}
