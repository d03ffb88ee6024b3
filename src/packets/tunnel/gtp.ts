import { u16, u8 } from '../bytes.ts';
import { BY_ETHERTYPE, enter, follow, narrow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const GTP = layer('gtp');
const HEADER = 8;
const OPTIONAL = 4;
const HAS_OPTIONAL = 0x07;
const HAS_EXTENSION = 0x04;
const USER_PACKET = 0xff;

/** GTP version 1 in the user plane (3GPP TS 29.281): an IP packet of a subscriber behind the tunnel's number. */
export function decodeGtp(frame: Frame, at: number): void {
  const { bytes } = frame;
  if (!enter(frame, GTP) || frame.end - at < HEADER) return;
  const flags = u8(bytes, at);
  if (flags >> 5 !== 1 || u8(bytes, at + 1) !== USER_PACKET) return;
  narrow(frame, at + HEADER, u16(bytes, at + 2));
  let start = at + HEADER;
  if ((flags & HAS_OPTIONAL) !== 0) start += OPTIONAL;
  let next = (flags & HAS_EXTENSION) === 0 ? 0 : u8(bytes, start - 1);
  // An extension header tells its length in units of 4 bytes; its last byte tells the next one.
  while (next !== 0 && start < frame.end) {
    const length = u8(bytes, start) * 4;
    if (length === 0) return;
    start += length;
    next = u8(bytes, start - 1);
  }
  if (start >= frame.end) return;
  const version = u8(bytes, start) >> 4;
  if (version === 4) follow(frame, BY_ETHERTYPE, 0x0800, start);
  else if (version === 6) follow(frame, BY_ETHERTYPE, 0x86dd, start);
}
