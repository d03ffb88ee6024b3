import { ipv6Text, macText } from '../addresses.ts';
import { u8 } from '../bytes.ts';
import type { Frame } from '../frame.ts';

/** What a message of neighbour discovery (RFC 4861) says. */
export interface NeighbourMessage {
  /** Hardware addresses of its options. */
  linkAddresses: string[];
  prefixes: string[];
  /** Address that a neighbour advertises; null for other messages. */
  advertised: string | null;
  /** Preference of a router advertisement (RFC 4191); null for other messages. */
  preference: number | null;
}

const ROUTER_ADVERTISEMENT = 134;
const NEIGHBOUR_ADVERTISEMENT = 136;
/** Bytes in front of the options, by type of message. */
const OPTIONS_AT = new Map([
  [133, 8],
  [ROUTER_ADVERTISEMENT, 16],
  [135, 24],
  [NEIGHBOUR_ADVERTISEMENT, 24],
  [137, 40],
]);
const SOURCE_LINK = 1;
const TARGET_LINK = 2;
const PREFIX = 3;
const MOST_OPTIONS = 64;

/** Reads the ICMPv6 message of a frame; null where it is none of neighbour discovery. */
export function readNeighbourMessage({ bytes, icmpAt, icmpVersion, end }: Frame): NeighbourMessage | null {
  const type = u8(bytes, icmpAt);
  const before = OPTIONS_AT.get(type);
  if (icmpVersion !== 6 || before === undefined || end - icmpAt < before) return null;
  const message: NeighbourMessage = {
    linkAddresses: [],
    prefixes: [],
    advertised: type === NEIGHBOUR_ADVERTISEMENT ? ipv6Text(bytes, icmpAt + 8) : null,
    preference: type === ROUTER_ADVERTISEMENT ? (u8(bytes, icmpAt + 5) >> 3) & 3 : null,
  };
  let at = icmpAt + before;
  for (let count = 0; at + 8 <= end && count < MOST_OPTIONS; count += 1) {
    const option = u8(bytes, at);
    const length = u8(bytes, at + 1) * 8;
    if (length === 0 || at + length > end) break;
    if ((option === SOURCE_LINK || option === TARGET_LINK) && length === 8)
      message.linkAddresses.push(macText(bytes, at + 2));
    if (option === PREFIX && length === 32) message.prefixes.push(ipv6Text(bytes, at + 16));
    at += length;
  }
  return message;
}
