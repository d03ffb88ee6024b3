import { u16, u8 } from '../bytes.ts';
import { BY_LINK_TYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const CAPWAP = layer('capwap.data');
const ETHERNET = 1;
/** Word behind the first byte: 5 bits of header length, 5 of radio, 5 of binding, then whether it is not 802.3. */
const IS_NATIVE = 0x0100;
const IS_FRAGMENT = 0x80;

/** The data channel of CAPWAP (RFC 5415), where it carries Ethernet in one piece and in the clear. */
export function decodeCapwap(frame: Frame, at: number): void {
  const { bytes } = frame;
  if (!enter(frame, CAPWAP) || frame.end - at < 8 || u8(bytes, at) !== 0) return;
  const header = (u8(bytes, at + 1) >> 3) * 4;
  const isPlain = (u16(bytes, at + 2) & IS_NATIVE) === 0 && (u8(bytes, at + 3) & IS_FRAGMENT) === 0;
  if (isPlain && header >= 8) follow(frame, BY_LINK_TYPE, ETHERNET, at + header);
}
