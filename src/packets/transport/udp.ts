import { u16 } from '../bytes.ts';
import { BY_UDP_PAYLOAD, enter, follow, narrow, type Frame } from '../frame.ts';
import { setTransport } from './set-transport.ts';
import { layer } from '../layers.ts';

const UDP = layer('udp');
const HEADER = 8;

/** UDP (RFC 768). */
export function decodeUdp(frame: Frame, at: number): void {
  const { bytes } = frame;
  if (!enter(frame, UDP) || frame.end - at < HEADER || !setTransport(frame, 17, at)) return;
  const length = u16(bytes, at + 4);
  frame.sourcePort = u16(bytes, at);
  frame.targetPort = u16(bytes, at + 2);
  frame.tcpFlags = 0;
  // 0 is a jumbogram: as long as the packet.
  if (length >= HEADER) narrow(frame, at, length);
  frame.payloadAt = at + HEADER;
  frame.payloadLength = Math.max(frame.end - at - HEADER + frame.missing, 0);
  if (length > 0 && length < HEADER) frame.payloadLength = -1;
  else follow(frame, BY_UDP_PAYLOAD, 0, frame.payloadAt);
}
