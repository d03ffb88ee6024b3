import { BY_LINK_TYPE, follow, NOTHING_FOLLOWS, resetFrame, type Frame } from './frame.ts';
import { decoderOf } from './protocols.ts';

/**
 * Decodes the captured bytes `start`..`end` of a packet that had `wireLength` bytes into `frame`, from the link layer to
 * TCP or UDP. Never throws, whatever the bytes are: a header that is cut short or makes no sense ends the decoding at its
 * layer. Header by header in a loop, so no nesting can exhaust the stack.
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
  frame.sides = 0;
  frame.transportNetwork = 0;
  frame.wlanAt = -1;
  frame.fragmentIdentification = -1;
  frame.reassembledLength = -1;
  resetFrame(frame, bytes, end, Math.max(wireLength - (end - start), 0));
  follow(frame, BY_LINK_TYPE, linkType, start);
  while (frame.nextTable !== NOTHING_FOLLOWS && frame.nextAt <= frame.end) {
    const decoder = decoderOf(frame.nextTable, frame.nextNumber);
    const at = frame.nextAt;
    frame.nextTable = NOTHING_FOLLOWS;
    decoder(frame, at);
  }
}
