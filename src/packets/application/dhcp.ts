import { macText } from '../addresses.ts';
import { u32, u8 } from '../bytes.ts';

const COOKIE_AT = 236;
const COOKIE = 0x63825363;
const PADDING = 0;
const MESSAGE_TYPE = 53;
const END = 255;

/** Whether a DHCP message stands here: BOOTP (RFC 951) with the cookie of RFC 2131. */
export const isDhcp = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start >= COOKIE_AT + 4 && u32(bytes, start + COOKIE_AT) === COOKIE;

/** Message type (option 53, null where it is missing) and the client's hardware address. */
export function readDhcp(
  bytes: Uint8Array,
  start: number,
  end: number,
): { type: number | null; client: string } {
  const client = macText(bytes, start + 28);
  for (let at = start + COOKIE_AT + 4; at + 2 < end;) {
    const option = u8(bytes, at);
    if (option === END) break;
    if (option === PADDING) {
      at += 1;
      continue;
    }
    if (option === MESSAGE_TYPE) return { type: u8(bytes, at + 2), client };
    at += 2 + u8(bytes, at + 1);
  }
  return { type: null, client };
}
