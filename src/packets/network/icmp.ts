import { u8 } from '../bytes.ts';
import { BY_ETHERTYPE, enter, follow, isQuoted, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { addData } from './data.ts';

const ICMP = layer('icmp');
const HEADER = 8;
/** Unreachable, source quench, redirect, time exceeded, parameter problem: they quote the packet that caused them. */
const QUOTING = new Set([3, 4, 5, 11, 12]);

/** ICMP (RFC 792). */
export function decodeIcmp(frame: Frame, at: number): void {
  if (!enter(frame, ICMP) || frame.end - at < 4 || isQuoted(frame)) return;
  frame.icmpAt = at;
  frame.icmpVersion = 4;
  const type = u8(frame.bytes, at);
  if (frame.end - at < HEADER) return;
  if (QUOTING.has(type)) {
    if (frame.end - at < HEADER + 1) return;
    frame.quotedFrom = frame.depth;
    follow(frame, BY_ETHERTYPE, 0x0800, at + HEADER);
  } else if (type === 0 || type === 8) addData(frame, at + HEADER);
}
