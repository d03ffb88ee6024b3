import { u8 } from '../bytes.ts';
import { BY_ETHERTYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const MPLS = layer('mpls');
const LABEL = 4;

/** A stack of MPLS labels. What is below has no type field: the first nibble tells IP apart, the rest is left alone. */
export function decodeMpls(frame: Frame, start: number): void {
  for (let at = start; frame.end - at >= LABEL; at += LABEL) {
    if (!enter(frame, MPLS)) return;
    const isBottom = (u8(frame.bytes, at + 2) & 1) === 1;
    if (!isBottom) continue;
    const version = u8(frame.bytes, at + LABEL) >> 4;
    if (version === 4) follow(frame, BY_ETHERTYPE, 0x0800, at + LABEL);
    else if (version === 6) follow(frame, BY_ETHERTYPE, 0x86dd, at + LABEL);
    return;
  }
}
