import { u16, u8 } from '../bytes.ts';
import { BY_ETHERTYPE, enter, follow, isQuoted, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { addData } from './data.ts';

const ICMPV6 = layer('icmpv6');
const HEADER = 8;
const LAST_ERROR = 4;
const ROUTER_ADVERTISEMENT = 134;

/** ICMPv6 (RFC 4443): types below 128 report errors and quote the packet that caused them. */
export function decodeIcmpv6(frame: Frame, at: number): void {
  if (!enter(frame, ICMPV6) || frame.end - at < 4 || isQuoted(frame)) return;
  frame.icmpAt = at;
  frame.icmpVersion = 6;
  const type = u8(frame.bytes, at);
  if (frame.end - at <= HEADER) return;
  if (type >= 1 && type <= LAST_ERROR) {
    frame.quotedFrom = frame.depth;
    follow(frame, BY_ETHERTYPE, 0x86dd, at + HEADER);
  } else if (type === 128 || type === 129) addData(frame, at + HEADER);
}

/** Seconds that a router advertisement (RFC 4861) offers itself for; null for other messages. */
export function routerLifetime({ bytes, icmpAt, icmpVersion, end }: Frame): number | null {
  const isAdvertisement = icmpVersion === 6 && u8(bytes, icmpAt) === ROUTER_ADVERTISEMENT;
  return isAdvertisement && end - icmpAt >= HEADER ? u16(bytes, icmpAt + 6) : null;
}
