import { u16, u8 } from '../bytes.ts';
import { BY_ETHERTYPE, BY_LINK_TYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const GENEVE = layer('geneve');
const HEADER = 8;
const BRIDGED_ETHERNET = 0x6558;
const ETHERNET = 1;

/** Geneve (RFC 8926): options of up to 252 bytes, then what an EtherType names. */
export function decodeGeneve(frame: Frame, at: number): void {
  if (!enter(frame, GENEVE) || frame.end - at < HEADER) return;
  const start = at + HEADER + (u8(frame.bytes, at) & 0x3f) * 4;
  const type = u16(frame.bytes, at + 2);
  if (type === BRIDGED_ETHERNET) follow(frame, BY_LINK_TYPE, ETHERNET, start);
  else follow(frame, BY_ETHERTYPE, type, start);
}
