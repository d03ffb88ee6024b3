import type { Frame } from '../frame.ts';

/**
 * Goes on in other bytes, which hold the packet up to `at` and then a whole datagram instead of its last fragment. What
 * was found so far is found there as well.
 */
export function continueIn(frame: Frame, bytes: Uint8Array): void {
  const shift = frame.start;
  frame.bytes = bytes;
  frame.start = 0;
  frame.end = bytes.length;
  frame.missing = 0;
  if (frame.macSource >= 0) {
    frame.macSource -= shift;
    frame.macTarget -= shift;
  }
  if (frame.wlanAt >= 0) frame.wlanAt -= shift;
  if (frame.wlanSource >= 0) {
    frame.wlanSource -= shift;
    frame.wlanTarget -= shift;
  }
  for (let index = 0; index < frame.networks; index += 1) {
    frame.networkSource[index] = (frame.networkSource[index] ?? 0) - shift;
    frame.networkTarget[index] = (frame.networkTarget[index] ?? 0) - shift;
  }
  for (let index = 0; index < frame.sides; index += 1)
    frame.sideAt[index] = (frame.sideAt[index] ?? 0) - shift;
  if (frame.transport === 0) return;
  frame.transportAt -= shift;
  frame.payloadAt -= shift;
}
