import { u16 } from '../bytes.ts';
import { BY_LINK_TYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const L2TP = layer('l2tp');
const PPP_LINK = 9;
const IS_CONTROL = 0x8000;
const HAS_LENGTH = 0x4000;
const HAS_SEQUENCE = 0x0800;
const HAS_OFFSET = 0x0200;

/** L2TP version 2 (RFC 2661): data messages carry PPP. */
export function decodeL2tp(frame: Frame, at: number): void {
  const { bytes } = frame;
  if (!enter(frame, L2TP) || frame.end - at < 6) return;
  const flags = u16(bytes, at);
  if ((flags & 0x000f) !== 2 || (flags & IS_CONTROL) !== 0) return;
  let start = at + ((flags & HAS_LENGTH) === 0 ? 6 : 8);
  if ((flags & HAS_SEQUENCE) !== 0) start += 4;
  if ((flags & HAS_OFFSET) !== 0) start += 2 + u16(bytes, start);
  if (start < frame.end) follow(frame, BY_LINK_TYPE, PPP_LINK, start);
}
