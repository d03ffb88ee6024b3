import { u8 } from '../bytes.ts';
import { BY_IP_PROTOCOL, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const AH = layer('ah');
const SHORTEST = 12;

/** The authentication header of IPsec (RFC 4302), which hides nothing. */
export function decodeAh(frame: Frame, at: number): void {
  if (!enter(frame, AH) || frame.end - at < SHORTEST) return;
  follow(frame, BY_IP_PROTOCOL, u8(frame.bytes, at), at + (u8(frame.bytes, at + 1) + 2) * 4);
}
