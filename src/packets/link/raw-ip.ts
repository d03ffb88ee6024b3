import { u8 } from '../bytes.ts';
import { BY_ETHERTYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const RAW = layer('raw');

/** IP without a link layer: the first nibble tells the version. */
export function decodeRawIp(frame: Frame, at: number): void {
  if (enter(frame, RAW)) decodeTypedIp(frame, at);
}

/** The same where the link type tells the version. */
export function decodeTypedIp(frame: Frame, at: number): void {
  if (frame.end - at < 1) return;
  const version = u8(frame.bytes, at) >> 4;
  if (version === 4) follow(frame, BY_ETHERTYPE, 0x0800, at);
  else if (version === 6) follow(frame, BY_ETHERTYPE, 0x86dd, at);
}
