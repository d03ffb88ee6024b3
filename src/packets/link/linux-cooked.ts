import { u16 } from '../bytes.ts';
import { enter, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { followEthertype } from './ethertype.ts';

const SLL = layer('sll');
const HEADER = 16;
const HEADER_2 = 20;

/** Linux "cooked" capture of the any interface: the EtherType stands last. */
export function decodeCooked(frame: Frame, at: number): void {
  if (!enter(frame, SLL) || frame.end - at < HEADER) return;
  followEthertype(frame, u16(frame.bytes, at + 14), at + HEADER);
}

/** Its second version: the EtherType stands first. */
export function decodeCooked2(frame: Frame, at: number): void {
  if (!enter(frame, SLL) || frame.end - at < HEADER_2) return;
  followEthertype(frame, u16(frame.bytes, at), at + HEADER_2);
}
