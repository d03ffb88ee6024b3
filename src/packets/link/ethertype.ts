import { BY_ETHERTYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const ETHERTYPE = layer('ethertype');
/** Smaller numbers are lengths, not types. */
const FIRST_ETHERTYPE = 1536;

/** Says that the protocol of an EtherType follows; tshark counts the type field as a layer of its own. */
export function followEthertype(frame: Frame, type: number, at: number): void {
  if (type >= FIRST_ETHERTYPE && enter(frame, ETHERTYPE)) follow(frame, BY_ETHERTYPE, type, at);
}
