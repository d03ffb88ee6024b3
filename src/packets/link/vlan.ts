import { u16 } from '../bytes.ts';
import { enter, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { followEthertype } from './ethertype.ts';

const VLAN = layer('vlan');

/** IEEE 802.1Q and 802.1ad: 2 bytes of tag, then the EtherType of what follows. */
export function decodeVlan(frame: Frame, at: number): void {
  if (!enter(frame, VLAN) || frame.end - at < 4) return;
  followEthertype(frame, u16(frame.bytes, at + 2), at + 4);
}
