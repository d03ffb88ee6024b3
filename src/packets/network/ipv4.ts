import { u16, u8 } from '../bytes.ts';
import { addNetwork, BY_IP_PROTOCOL, enter, follow, isQuoted, narrow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { addData } from './data.ts';

const IP = layer('ip');
const SHORTEST_HEADER = 20;

/** IPv4 (RFC 791). Fragments are not put together: what a later one carries is data. */
export function decodeIpv4(frame: Frame, at: number): void {
  const { bytes } = frame;
  if (!enter(frame, IP) || frame.end - at < SHORTEST_HEADER) return;
  const header = (u8(bytes, at) & 0x0f) * 4;
  if (u8(bytes, at) >> 4 !== 4 || header < SHORTEST_HEADER) return;
  addNetwork(frame, 4, at + 12, at + 16, u16(bytes, at + 4));
  // A length of 0 is what segmentation offload leaves behind: the packet is as long as the frame.
  const total = u16(bytes, at + 2) || Number.MAX_SAFE_INTEGER;
  if (total < header) return;
  narrow(frame, at, total);
  const fragment = u16(bytes, at + 6);
  const isFragment = (fragment & 0x3fff) !== 0;
  if (isFragment && !isQuoted(frame)) addData(frame, at + header);
  else follow(frame, BY_IP_PROTOCOL, u8(bytes, at + 9), at + header);
}
