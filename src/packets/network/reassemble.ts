import { u32 } from '../bytes.ts';
import type { Frame } from '../frame.ts';
import { continueIn } from './continue-in.ts';
import { addPiece, type Piece } from './fragment-table.ts';

/** One fragment of an IP datagram, whose header is the last network of the frame. */
export interface Fragment {
  identification: number;
  protocol: number;
  /** Where its bytes belong in the datagram. */
  offset: number;
  isLast: boolean;
}

/**
 * Keeps the fragment whose bytes stand in the frame from `at` on. Where it completes its datagram, the frame goes on as
 * if that had come in one piece, and where it begins is answered; else -1. Like tshark: where fragments overlap, the one
 * with the smaller offset counts.
 */
export function reassemble(frame: Frame, at: number, fragment: Fragment): number {
  const { start } = frame;
  const piece = {
    offset: fragment.offset,
    isLast: fragment.isLast,
    bytes: frame.bytes.slice(at, frame.end),
  };
  const whole = addPiece(frame.fragments, keyOf(frame, fragment), piece, frame.seconds);
  if (whole === null) return -1;
  continueIn(frame, joined(frame, at, whole.pieces, whole.length));
  return at - start;
}

function keyOf(frame: Frame, { identification, protocol }: Fragment): string {
  const { bytes, networks, networkVersion, networkSource } = frame;
  const isV4 = networkVersion[networks - 1] === 4;
  const from = networkSource[networks - 1] ?? 0;
  // Source and target stand side by side. IPv6 tells datagrams apart without their protocol.
  let key = isV4 ? `${identification} ${protocol}` : `${identification}`;
  for (let word = from; word < from + (isV4 ? 8 : 32); word += 4) key += ` ${u32(bytes, word)}`;
  return key;
}

/** The packet up to `at`, then the datagram. */
function joined({ bytes, start }: Frame, at: number, pieces: readonly Piece[], length: number): Uint8Array {
  const whole = new Uint8Array(at - start + length);
  whole.set(bytes.subarray(start, at));
  let reached = 0;
  for (const { offset, bytes: part } of pieces) {
    const from = reached - offset;
    const until = Math.min(part.length, length - offset);
    if (until <= from) continue;
    whole.set(part.subarray(from, until), at - start + reached);
    reached = offset + until;
  }
  return whole;
}
