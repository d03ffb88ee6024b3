import { u16 } from '../bytes.ts';
import { enter, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { followEthertype } from './ethertype.ts';

const VLAN = layer('vlan');
const PROVIDER = layer('ieee8021ad');
const TAG = 4;
const PROVIDER_TYPE = 0x88a8;

/** IEEE 802.1Q: 2 bytes of tag, then the EtherType of what follows. */
export function decodeVlan(frame: Frame, at: number): void {
  if (!enter(frame, VLAN) || frame.end - at < TAG) return;
  followEthertype(frame, u16(frame.bytes, at + 2), at + TAG);
}

/** IEEE 802.1ad: a provider's tag, and a second one that tshark counts to the same layer. */
export function decodeProviderVlan(frame: Frame, start: number): void {
  if (!enter(frame, PROVIDER) || frame.end - start < TAG) return;
  let at = start;
  if (u16(frame.bytes, at + 2) === PROVIDER_TYPE && frame.end - at >= 2 * TAG) at += TAG;
  followEthertype(frame, u16(frame.bytes, at + 2), at + TAG);
}
