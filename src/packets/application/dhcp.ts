import { ipv4Text, macText } from '../addresses.ts';
import { latin1, u32, u8 } from '../bytes.ts';

const COOKIE_AT = 236;
const COOKIE = 0x63825363;
const PADDING = 0;
const MESSAGE_TYPE = 53;
const HOST_NAME = 12;
const END = 255;

/** What a DHCP message says about a client. */
export interface DhcpMessage {
  /** Option 53, null where it is missing. */
  type: number | null;
  /** Hardware address. */
  client: string;
  /** Address that the server gives it. */
  yours: string;
  /** Option 12, '' where it is missing. */
  hostName: string;
}

/** Whether a DHCP message stands here: BOOTP (RFC 951) with the cookie of RFC 2131. */
export const isDhcp = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start >= COOKIE_AT + 4 && u32(bytes, start + COOKIE_AT) === COOKIE;

/** Reads the fixed part and the options; one that is cut off ends the reading. */
export function readDhcp(bytes: Uint8Array, start: number, end: number): DhcpMessage {
  const message: DhcpMessage = {
    type: null,
    client: macText(bytes, start + 28),
    yours: ipv4Text(bytes, start + 16),
    hostName: '',
  };
  for (let at = start + COOKIE_AT + 4; at + 2 < end;) {
    const option = u8(bytes, at);
    if (option === END) break;
    if (option === PADDING) {
      at += 1;
      continue;
    }
    const behind = at + 2 + u8(bytes, at + 1);
    if (option === MESSAGE_TYPE) message.type ??= u8(bytes, at + 2);
    if (option === HOST_NAME && behind <= end) message.hostName = latin1(bytes, at + 2, behind);
    at = behind;
  }
  return message;
}
