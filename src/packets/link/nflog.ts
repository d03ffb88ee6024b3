import { u16le, u8 } from '../bytes.ts';
import { BY_ETHERTYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const NFLOG = layer('nflog');
const HEADER = 4;
const PAYLOAD = 9;
const IPV4 = 2;
const IPV6 = 10;

/** What netfilter logs on Linux: attributes with type and length, one of which is the packet. */
export function decodeNflog(frame: Frame, start: number): void {
  const { bytes, end } = frame;
  if (!enter(frame, NFLOG)) return;
  const family = u8(bytes, start);
  for (let at = start + HEADER; end - at >= 4;) {
    const length = u16le(bytes, at);
    if (length < 4) return;
    if (u16le(bytes, at + 2) === PAYLOAD) {
      if (family === IPV4) follow(frame, BY_ETHERTYPE, 0x0800, at + 4);
      else if (family === IPV6) follow(frame, BY_ETHERTYPE, 0x86dd, at + 4);
      return;
    }
    at += (length + 3) & ~3;
  }
}
