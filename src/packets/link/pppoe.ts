import { u16 } from '../bytes.ts';
import { enter, narrow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { decodePpp } from './ppp.ts';

const PPPOE = layer('pppoes');
const HEADER = 6;

/** PPPoE session (RFC 2516): 6 bytes, then PPP. */
export function decodePppoe(frame: Frame, at: number): void {
  if (!enter(frame, PPPOE) || frame.end - at < HEADER + 2) return;
  narrow(frame, at + HEADER, u16(frame.bytes, at + 4));
  decodePpp(frame, at + HEADER);
}
