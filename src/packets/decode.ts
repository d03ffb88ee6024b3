import { recogniseUdp } from './application/recognise-udp.ts';
import { decodePlain } from './decode-plain.ts';
import { BY_LINK_TYPE, BY_UDP_PAYLOAD, follow, NOTHING_FOLLOWS, resetFrame, type Frame } from './frame.ts';
import { decoderOf } from './protocols.ts';

const ETHERNET = 1;

/**
 * Decodes the captured bytes `start`..`end` of a packet that had `wireLength` bytes into `frame`, from the link layer to
 * TCP or UDP. Never throws, whatever the bytes are: a header that is cut short or makes no sense ends the decoding at its
 * layer.
 */
export function decodeFrame(
  frame: Frame,
  linkType: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  wireLength: number,
  seconds = 0,
): void {
  frame.start = start;
  frame.seconds = seconds;
  const cut = wireLength - (end - start);
  const missing = cut > 0 ? cut : 0;
  if (linkType === ETHERNET && decodePlain(frame, bytes, start, end, missing)) {
    if (frame.nextTable === BY_UDP_PAYLOAD) {
      frame.nextTable = NOTHING_FOLLOWS;
      recogniseUdp(frame, frame.nextAt);
    }
    if (frame.nextTable === NOTHING_FOLLOWS) return;
  } else {
    resetFrame(frame, bytes, end, missing);
    follow(frame, BY_LINK_TYPE, linkType, start);
  }
  decodeHeaders(frame);
}

/** Decodes header by header what follows in the frame, in a loop, so no nesting can exhaust the stack. */
export function decodeHeaders(frame: Frame): void {
  while (frame.nextTable !== NOTHING_FOLLOWS && frame.nextAt <= frame.end) {
    const decoder = decoderOf(frame.nextTable, frame.nextNumber);
    const at = frame.nextAt;
    frame.nextTable = NOTHING_FOLLOWS;
    decoder(frame, at);
  }
}
