import { u16, u32, u8 } from '../bytes.ts';
import { addNetwork, BY_IP_PROTOCOL, enter, follow, isQuoted, narrow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { addData } from './data.ts';
import { reassemble } from './reassemble.ts';

const IPV6 = layer('ipv6');
const HEADER = 40;
const FRAGMENT = 44;
const AUTHENTICATION = 51;

const EXTENSIONS = new Map<number, number>([
  [0, layer('ipv6.hopopts')],
  [43, layer('ipv6.routing')],
  [FRAGMENT, layer('ipv6.fraghdr')],
  [AUTHENTICATION, layer('ah')],
  [60, layer('ipv6.dstopts')],
]);

/** IPv6 (RFC 8200) with its extension headers. A datagram in fragments is decoded with the one that completes it. */
export function decodeIpv6(frame: Frame, start: number): void {
  let { bytes } = frame;
  if (!enter(frame, IPV6) || frame.end - start < HEADER || u8(bytes, start) >> 4 !== 6) return;
  addNetwork(frame, 6, start + 8, start + 24, -1);
  const length = u16(bytes, start + 4);
  // 0 is a jumbogram or what segmentation offload leaves behind: as long as the frame.
  if (length > 0) narrow(frame, start + HEADER, length);
  let protocol = u8(bytes, start + 6);
  let at = start + HEADER;
  for (;;) {
    const extension = EXTENSIONS.get(protocol);
    if (extension === undefined) break;
    if (!enter(frame, extension) || frame.end - at < 8) return;
    const isFragment = protocol === FRAGMENT && (u16(bytes, at + 2) & 0xfff9) !== 0;
    if (protocol === FRAGMENT && !isQuoted(frame)) frame.fragmentIdentification = u32(bytes, at + 4);
    const size = protocol === FRAGMENT ? 8 : extensionLength(protocol, u8(bytes, at + 1));
    protocol = u8(bytes, at);
    at += size;
    if (isFragment) {
      at = followFragment(frame, at, protocol);
      if (at < 0) return;
      ({ bytes } = frame);
    }
  }
  follow(frame, BY_IP_PROTOCOL, protocol, at);
}

/** Where the datagram goes on which the fragment at `at` completes; -1 where it completes none, which ends the decoding. */
function followFragment(frame: Frame, at: number, protocol: number): number {
  const word = u16(frame.bytes, at - 6);
  const offset = word & 0xfff8;
  const isUsable = frame.missing === 0 && frame.end > at && frame.networks > 0 && !isQuoted(frame);
  // Without all of its bytes it cannot be put together; the first one still has the header of what it carries.
  if (!isUsable && offset === 0) return at;
  const identification = u32(frame.bytes, at - 4);
  const behind = isUsable
    ? reassemble(frame, at, { identification, protocol, offset, isLast: (word & 1) === 0 })
    : -1;
  if (behind < 0) addData(frame, at);
  else frame.reassembledLength = frame.end - behind;
  return behind;
}

const extensionLength = (protocol: number, units: number): number =>
  protocol === AUTHENTICATION ? (units + 2) * 4 : (units + 1) * 8;
