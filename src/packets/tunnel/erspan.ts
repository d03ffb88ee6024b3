import { u8 } from '../bytes.ts';
import { BY_LINK_TYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const ERSPAN = layer('erspan');
const ETHERNET = 1;
const HEADER_2 = 8;
const HEADER_3 = 12;
const SUBHEADER = 8;

/** ERSPAN of type 1, which is Ethernet behind GRE and nothing else. */
export function decodeErspan1(frame: Frame, at: number): void {
  if (enter(frame, ERSPAN)) follow(frame, BY_LINK_TYPE, ETHERNET, at);
}

/** ERSPAN of types 2 and 3 (draft-foschiano-erspan): a mirrored Ethernet frame behind 8, 12 or 20 bytes. */
export function decodeErspan(frame: Frame, at: number): void {
  const { bytes } = frame;
  if (!enter(frame, ERSPAN) || frame.end - at < HEADER_2) return;
  const version = u8(bytes, at) >> 4;
  if (version === 1) follow(frame, BY_LINK_TYPE, ETHERNET, at + HEADER_2);
  if (version !== 2 || frame.end - at < HEADER_3) return;
  const hasSubheader = (u8(bytes, at + 11) & 1) === 1;
  follow(frame, BY_LINK_TYPE, ETHERNET, at + HEADER_3 + (hasSubheader ? SUBHEADER : 0));
}
