import { u16, u8 } from '../bytes.ts';
import { addNetwork, BY_IP_PROTOCOL, enter, follow, isQuoted, narrow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { addData } from './data.ts';
import { reassemble } from './reassemble.ts';

const IP = layer('ip');
const SHORTEST_HEADER = 20;
const MORE_FRAGMENTS = 0x2000;

/** IPv4 (RFC 791). A datagram in fragments is decoded with the one that completes it; what the others carry is data. */
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
  const protocol = u8(bytes, at + 9);
  const isFragment = (fragment & 0x3fff) !== 0;
  if (isFragment && !isQuoted(frame)) decodeFragment(frame, at + header, protocol, fragment);
  else follow(frame, BY_IP_PROTOCOL, protocol, at + header);
}

function decodeFragment(frame: Frame, at: number, protocol: number, word: number): void {
  const offset = (word & 0x1fff) * 8;
  // Without all of its bytes it cannot be put together; the first one still has the header of what it carries.
  if (frame.missing > 0 || frame.end <= at || frame.networks === 0) {
    if (offset === 0) follow(frame, BY_IP_PROTOCOL, protocol, at);
    else addData(frame, at);
    return;
  }
  const identification = frame.networkId[frame.networks - 1] ?? 0;
  const isLast = (word & MORE_FRAGMENTS) === 0;
  const behind = reassemble(frame, at, { identification, protocol, offset, isLast });
  if (behind < 0) addData(frame, at);
  else follow(frame, BY_IP_PROTOCOL, protocol, behind);
}
