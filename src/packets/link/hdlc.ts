import { u16 } from '../bytes.ts';
import { BY_ETHERTYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const CHDLC = layer('chdlc');
const HEADER = 4;

/** Cisco HDLC: address, control, then an EtherType. */
export function decodeCiscoHdlc(frame: Frame, at: number): void {
  if (!enter(frame, CHDLC) || frame.end - at < HEADER) return;
  follow(frame, BY_ETHERTYPE, u16(frame.bytes, at + 2), at + HEADER);
}
