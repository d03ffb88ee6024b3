import { u16, u8 } from '../bytes.ts';
import { BY_ETHERTYPE, BY_LINK_TYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const MPLS = layer('mpls');
const HEURISTIC = layer('pwethheuristic');
const CONTROL_WORD = layer('pwethcw');
const NO_CONTROL_WORD = layer('pwethnocw');
const LABEL = 4;
const MOST_LABELS = 64;
const ETHERNET = 1;
const FIRST_ETHERTYPE = 1536;

/** A stack of MPLS labels. What is below has no type field: the first nibble tells IP apart, else it may be Ethernet. */
export function decodeMpls(frame: Frame, start: number): void {
  if (!enter(frame, MPLS)) return;
  for (let at = start; frame.end - at >= LABEL && at < start + MOST_LABELS * LABEL; at += LABEL) {
    const isBottom = (u8(frame.bytes, at + 2) & 1) === 1;
    if (!isBottom) continue;
    const below = at + LABEL;
    const nibble = below < frame.end ? u8(frame.bytes, below) >> 4 : -1;
    if (nibble === 4) follow(frame, BY_ETHERTYPE, 0x0800, below);
    else if (nibble === 6) follow(frame, BY_ETHERTYPE, 0x86dd, below);
    else if (nibble === 0) followPseudowire(frame, below);
    return;
  }
}

/** Ethernet over MPLS (RFC 4448): with a control word of 4 bytes, or without where an EtherType stands in its place. */
function followPseudowire(frame: Frame, at: number): void {
  const hasType = (offset: number): boolean => u16(frame.bytes, at + offset + 12) >= FIRST_ETHERTYPE;
  if (frame.end - at < LABEL || !enter(frame, HEURISTIC)) return;
  const hasWord = hasType(LABEL) || !hasType(0);
  if (enter(frame, hasWord ? CONTROL_WORD : NO_CONTROL_WORD))
    follow(frame, BY_LINK_TYPE, ETHERNET, hasWord ? at + LABEL : at);
}
