import type { Play } from '../schedule.ts';
import { chance, noiseOf, type Stage } from '../stage.ts';
import { checksum, put16, send } from '../shape.ts';
import { udpShapes } from '../udp.ts';
import { createScratch, type Desk } from '../wire.ts';
import type { Maker } from '../plays/play.ts';
import { someServer, someone } from './many-protocols.ts';

const ETHERNET = 14;
const HEADERS = ETHERNET + 20;
const NOTHING = new Uint8Array(0);

/** UDP datagrams in fragments of IPv4, in order, out of order, or with one that never comes. */
export const fragmented: Maker = (stage) => {
  const datagrams = 1 + stage.random.integer(4);
  return { play: play(stage, datagrams, createScratch), bytes: datagrams * 2_600 };
};

function* play(stage: Stage, datagrams: number, scratch: () => Desk): Play {
  const { random, truth } = stage;
  const ends = { client: someone(stage), server: someServer(stage), port: 1_024 + random.integer(31_000) };
  const { ask } = udpShapes({ ...ends, isV6: false });
  truth.udpConversations += 1;
  const desk = scratch();
  for (let n = 0; n < datagrams; n += 1) {
    const { total } = send(desk, ask, noiseOf(stage, 600 + random.integer(3_400)));
    const pieces = cut(desk.bytes.subarray(0, total), 8 * (20 + random.integer(60)));
    if (chance(random, 0.2)) pieces.reverse();
    if (chance(random, 0.1)) pieces.splice(random.integer(pieces.length), 1);
    for (const piece of pieces) {
      yield random.integer(800);
      stage.wire.frame(piece, NOTHING, 0, 0);
      truth.fragments += 1;
    }
  }
}

/** The frame of a whole datagram as frames of its fragments, each with so many bytes of it. */
function cut(frame: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let from = HEADERS; from < frame.length; from += size) {
    const end = Math.min(from + size, frame.length);
    const piece = new Uint8Array(HEADERS + end - from);
    piece.set(frame.subarray(0, HEADERS));
    piece.set(frame.subarray(from, end), HEADERS);
    put16(piece, ETHERNET + 2, piece.length - ETHERNET);
    put16(piece, ETHERNET + 6, ((from - HEADERS) >> 3) | (end < frame.length ? 0x2000 : 0));
    put16(piece, ETHERNET + 10, 0);
    put16(piece, ETHERNET + 10, checksum(piece, ETHERNET, HEADERS, 0));
    pieces.push(piece);
  }
  return pieces;
}
