import { BY_LINK_TYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const VXLAN = layer('vxlan');
const HEADER = 8;
const ETHERNET = 1;

/** VXLAN (RFC 7348): Ethernet behind 8 bytes with the number of the virtual network. */
export function decodeVxlan(frame: Frame, at: number): void {
  if (enter(frame, VXLAN)) follow(frame, BY_LINK_TYPE, ETHERNET, at + HEADER);
}
