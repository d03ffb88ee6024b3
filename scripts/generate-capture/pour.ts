import type { Play } from './schedule.ts';
import { chance, MILLISECOND, type Stage } from './stage.ts';
import { ACK, MAX_SEGMENT, otherSide, type Connection, type SideName } from './tcp.ts';
import { createTrouble, TROUBLES, type Trouble } from './trouble.ts';

/** A stream of bytes with an end, handed out in segments: each call gives the next ones, of a buffer used again. */
export type Source = (most: number) => Uint8Array;

export interface Pouring {
  connection: Connection;
  from: SideName;
  bytes: number;
  source: Source;
  /** Whether what goes wrong on the way may go wrong here: where it would tear a message of a protocol, it may not. */
  mayFail?: boolean;
}

/** About one burst in so many meets trouble. */
const TROUBLE = 1 / 25;
/** No trouble takes more segments than this. */
const TROUBLE_SEGMENTS = 9;

/** Many bytes in bursts of segments, every second of which is acknowledged. */
export function* pour(stage: Stage, { connection, from, bytes, source, mayFail = false }: Pouring): Play {
  const { random } = stage;
  const peer = otherSide(from);
  const state = { left: bytes };
  const next = (): Uint8Array => {
    const piece = source(Math.min(MAX_SEGMENT, state.left));
    state.left -= piece.length;
    return piece;
  };
  while (state.left > 0) {
    if (mayFail && state.left > TROUBLE_SEGMENTS * MAX_SEGMENT && chance(random, TROUBLE)) {
      const trouble: Trouble = TROUBLES[random.integer(TROUBLES.length)] ?? 'spurious';
      yield* connection.acknowledge(peer);
      yield* suffer(stage, connection, from, next, trouble);
    }
    const segments = Math.min(Math.ceil(state.left / MAX_SEGMENT), 4 + random.integer(28));
    for (let n = 0; n < segments; n += 1) {
      yield 12 + random.integer(30);
      connection.segment(from, ACK, next());
      if (n % 2 === 0) continue;
      yield 5 + random.integer(20);
      connection.segment(peer, ACK);
    }
    yield* connection.acknowledge(peer);
    if (state.left > 0) yield connection[from].roundTrip / 4 + random.integer(4 * MILLISECOND);
  }
}

function suffer(
  stage: Stage,
  connection: Connection,
  from: SideName,
  next: () => Uint8Array,
  trouble: Trouble,
): Play {
  return createTrouble(stage, { connection, from, next })[trouble]();
}
