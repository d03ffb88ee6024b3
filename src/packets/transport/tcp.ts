import { u16, u32, u8 } from '../bytes.ts';
import { enter, type Frame } from '../frame.ts';
import { setTransport } from './set-transport.ts';
import { layer } from '../layers.ts';

const TCP = layer('tcp');
const SHORTEST_HEADER = 20;
const END_OF_OPTIONS = 0;
const PADDING = 1;
const MAXIMUM_SEGMENT_SIZE = 2;
const WINDOW_SCALE = 3;

/** TCP (RFC 9293). What it carries is for the application layer to tell. */
export function decodeTcp(frame: Frame, at: number): void {
  const { bytes } = frame;
  if (!enter(frame, TCP) || frame.end - at < SHORTEST_HEADER || !setTransport(frame, 6, at)) return;
  const header = (u8(bytes, at + 12) >> 4) * 4;
  frame.sourcePort = u16(bytes, at);
  frame.targetPort = u16(bytes, at + 2);
  frame.tcpSequence = u32(bytes, at + 4);
  frame.tcpAcknowledgement = u32(bytes, at + 8);
  frame.tcpFlags = u16(bytes, at + 12) & 0x0fff;
  frame.tcpWindow = u16(bytes, at + 14);
  frame.tcpChecksum = u16(bytes, at + 16);
  frame.tcpWindowScale = -1;
  frame.payloadLength = -1;
  frame.payloadAt = frame.end;
  const length = frame.end - at + frame.missing;
  if (header < SHORTEST_HEADER || header > length) return;
  frame.payloadLength = length - header;
  frame.payloadAt = Math.min(at + header, frame.end);
  if (header > SHORTEST_HEADER) readTcpOptions(frame, at + SHORTEST_HEADER, frame.payloadAt);
}

export function readTcpOptions(frame: Frame, start: number, end: number): void {
  const { bytes } = frame;
  for (let at = start; at < end;) {
    const kind = u8(bytes, at);
    if (kind === END_OF_OPTIONS) return;
    if (kind === PADDING) {
      at += 1;
      continue;
    }
    const length = u8(bytes, at + 1);
    if (length < 2 || at + length > end) return;
    // RFC 7323: larger shift counts than 14 mean 14.
    if (kind === WINDOW_SCALE && length === 3) frame.tcpWindowScale = Math.min(u8(bytes, at + 2), 14);
    at += length;
  }
}

/** What the option of that name says (RFC 9293, section 3.7.1); null where there is none. */
export function maximumSegmentSize({ bytes, transportAt, payloadAt }: Frame): number | null {
  for (let at = transportAt + SHORTEST_HEADER; at + 1 < payloadAt;) {
    const kind = u8(bytes, at);
    if (kind === END_OF_OPTIONS) return null;
    const length = kind === PADDING ? 1 : u8(bytes, at + 1);
    if (length < 1 || at + length > payloadAt) return null;
    if (kind === MAXIMUM_SEGMENT_SIZE && length === 4) return u16(bytes, at + 2);
    at += length;
  }
  return null;
}
