import { isQuoted, MAX_SIDES, type Frame } from '../frame.ts';

/**
 * Makes the transport header at `at` the innermost one; the one before, if any, was outside of a tunnel. A quoted one is
 * only noted: then the answer is false.
 */
export function setTransport(frame: Frame, transport: number, at: number): boolean {
  if (isQuoted(frame)) {
    addSide(frame, transport, at, frame.networks - 1);
    return false;
  }
  if (frame.transport !== 0) addSide(frame, frame.transport, frame.transportAt, frame.transportNetwork);
  frame.transport = transport;
  frame.transportAt = at;
  frame.transportNetwork = frame.ownNetworks - 1;
  return true;
}

function addSide(frame: Frame, transport: number, at: number, network: number): void {
  const index = frame.sides;
  if (index >= MAX_SIDES || network < 0) return;
  frame.sideTransport[index] = transport;
  frame.sideAt[index] = at;
  frame.sideNetwork[index] = network;
  frame.sides += 1;
}
