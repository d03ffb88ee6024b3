import { u16, u24, u8 } from '../bytes.ts';
import { BY_ETHERTYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const LLC = layer('llc');
const STP = layer('stp');
const SNAP = 0xaa;
const SPANNING_TREE = 0x42;

/** IEEE 802.2 LLC, with SNAP where an EtherType follows. */
export function decodeLlc(frame: Frame, at: number): void {
  const { bytes, end } = frame;
  if (!enter(frame, LLC) || end - at < 3) return;
  const target = u8(bytes, at);
  if (target === SPANNING_TREE) enter(frame, STP);
  if (target !== SNAP || u8(bytes, at + 1) !== SNAP || end - at < 8 || u24(bytes, at + 3) !== 0) return;
  follow(frame, BY_ETHERTYPE, u16(bytes, at + 6), at + 8);
}
