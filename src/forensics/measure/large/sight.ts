import type { Heard } from '../../../packets/application/heard.ts';
import { newRecordHeader } from '../../../packets/formats/record.ts';
import type { Frame } from '../../../packets/frame.ts';
import type { Transport } from '../packet.ts';
import type { DeepOffer } from './deep-offer.ts';
import type { Path } from './paths.ts';

/** All that our own reader knows of the packet under way. One object is filled for every packet. */
export interface Sight extends DeepOffer {
  path: Path;
  transport: Transport | null;
  source: string | null;
  target: string | null;
  heard: Heard | null;
  /** Whether its conversation is known to go on encrypted, so that nobody can read what it says. */
  isSealed: boolean;
  /** The row, made on demand. */
  row: () => readonly string[];
  /** Numbers of the conversations outside of the innermost one, in the order of `visitSides`. */
  sideStreams: number[];
}

const NO_BYTES = new Uint8Array(0);
const NO_ROW: readonly string[] = [];

export const newSight = (frame: Frame, path: Path): Sight => ({
  header: newRecordHeader(),
  bytes: NO_BYTES,
  start: 0,
  end: 0,
  frame,
  stream: -1,
  direction: 0,
  verdict: null,
  understood: false,
  row: () => NO_ROW,
  path,
  transport: null,
  source: null,
  target: null,
  heard: null,
  isSealed: false,
  sideStreams: [],
});
