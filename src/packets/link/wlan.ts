import { u8 } from '../bytes.ts';
import { enter, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { decodeLlc } from './llc.ts';

const WLAN = layer('wlan');
const MANAGEMENT = 0;
const DATA = 2;
const SHORTEST = 24;
/** Of an acknowledgement, without the check sequence. */
const SHORTEST_OF_ALL = 10;

/**
 * IEEE 802.11: who sent it to whom, and what an unprotected data frame carries. `isPadded`: the radio has filled the
 * header up to a multiple of 4 bytes.
 */
export function decodeWlan(frame: Frame, at: number, isPadded: boolean): void {
  const { bytes } = frame;
  if (!enter(frame, WLAN) || frame.end - at < SHORTEST_OF_ALL) return;
  frame.wlanAt = at;
  if (frame.end - at < SHORTEST) return;
  const kind = (u8(bytes, at) >> 2) & 3;
  const subtype = u8(bytes, at) >> 4;
  const flags = u8(bytes, at + 1);
  const direction = flags & 3;
  if (kind !== MANAGEMENT && kind !== DATA) return;
  // Which address means what depends on the two direction bits (IEEE 802.11, table 9-30).
  frame.wlanTarget = direction === 0 || direction === 2 ? at + 4 : at + 16;
  frame.wlanSource = direction === 2 ? at + 16 : at + 10;
  const hasQos = kind === DATA && (subtype & 8) !== 0;
  const length = SHORTEST + (direction === 3 ? 6 : 0) + (hasQos ? 2 : 0);
  const header = isPadded ? (length + 3) & ~3 : length;
  const isProtected = (flags & 0x40) !== 0;
  const hasPayload = kind === DATA && (subtype & 4) === 0;
  if (hasPayload && !isProtected && direction !== 3) decodeLlc(frame, at + header);
}
