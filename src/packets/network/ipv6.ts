import { u16, u8 } from '../bytes.ts';
import { addNetwork, BY_IP_PROTOCOL, enter, follow, narrow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { addData } from './data.ts';

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

/** IPv6 (RFC 8200) with its extension headers. Fragments are not put together: what one carries is data. */
export function decodeIpv6(frame: Frame, start: number): void {
  const { bytes } = frame;
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
    const size = protocol === FRAGMENT ? 8 : extensionLength(protocol, u8(bytes, at + 1));
    protocol = u8(bytes, at);
    at += size;
    if (isFragment) {
      addData(frame, at);
      return;
    }
  }
  follow(frame, BY_IP_PROTOCOL, protocol, at);
}

const extensionLength = (protocol: number, units: number): number =>
  protocol === AUTHENTICATION ? (units + 2) * 4 : (units + 1) * 8;
