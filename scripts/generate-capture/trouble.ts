import type { Play } from './schedule.ts';
import { MILLISECOND, type Stage } from './stage.ts';
import { ACK, otherSide, PSH, type Connection, type SideName } from './tcp.ts';

/** What can go wrong with a segment on its way; "before" and "after" are before and after the place of the capture. */
export const TROUBLES = [
  'fastAfter',
  'fastBefore',
  'timeoutAfter',
  'timeoutBefore',
  'holeThenTimeout',
  'notCaptured',
  'spurious',
  'zeroWindow',
] as const;
export type Trouble = (typeof TROUBLES)[number];

export interface Sufferer {
  connection: Connection;
  /** The side that sends. */
  from: SideName;
  /** The next segment's bytes, in a buffer that is used again. */
  next: () => Uint8Array;
}

/** Behind a fast retransmission's duplicate ACKs, well below the 20 ms within which tshark calls it fast. */
const FAST = 3 * MILLISECOND;
/** Above every round trip here, so that nobody takes a repetition for a segment that was overtaken. */
const TIMEOUT = 280 * MILLISECOND;

/**
 * One play per trouble. Each begins with everything acknowledged and ends so, and counts the marks that tshark's
 * sequence analysis gives its packets.
 */
export function createTrouble(stage: Stage, sufferer: Sufferer): Record<Trouble, () => Play> {
  return {
    fastAfter: () => fast(stage, sufferer, true),
    fastBefore: () => fast(stage, sufferer, false),
    timeoutAfter: () => timeout(stage, sufferer, true),
    timeoutBefore: () => timeout(stage, sufferer, false),
    holeThenTimeout: () => holeThenTimeout(stage, sufferer),
    notCaptured: () => notCaptured(stage, sufferer),
    spurious: () => spurious(stage, sufferer),
    zeroWindow: () => zeroWindow(stage, sufferer),
  };
}

/** A segment is lost, those behind it arrive, and three or more duplicate ACKs call for it. */
function* fast({ random, truth }: Stage, { connection, from, next }: Sufferer, isSeen: boolean): Play {
  const lost = next().slice();
  const sequence = connection[from].next;
  yield 20;
  if (isSeen) connection.segment(from, ACK, lost);
  else skip(connection, from, lost.length);
  const followers = 3 + random.integer(5);
  for (let n = 0; n < followers; n += 1) {
    yield 15 + random.integer(20);
    connection.segment(from, ACK, next());
    if (!isSeen && n === 0) truth.lostSegments += 1;
    yield 10;
    acknowledgeOnly(connection, otherSide(from), sequence);
    truth.duplicateAcks += 1;
  }
  yield FAST + random.integer(FAST);
  connection.sendAgain(from, sequence, lost);
  truth.retransmissions += 1;
  truth.fastRetransmissions += 1;
  yield* connection.acknowledge(otherSide(from));
}

/** The last segment of a burst is lost: nothing calls for it but the clock. Lost before us, it looks like a pause. */
function* timeout({ random, truth }: Stage, { connection, from, next }: Sufferer, isSeen: boolean): Play {
  const lost = next().slice();
  const sequence = connection[from].next;
  if (isSeen) {
    yield 20;
    connection.segment(from, ACK | PSH, lost);
  }
  yield TIMEOUT + random.integer(TIMEOUT);
  if (isSeen) {
    connection.sendAgain(from, sequence, lost);
    truth.retransmissions += 1;
  } else {
    connection.segment(from, ACK | PSH, lost);
  }
  yield* connection.acknowledge(otherSide(from));
}

/** One segment behind the lost one is too few for a fast retransmission. */
function* holeThenTimeout({ random, truth }: Stage, { connection, from, next }: Sufferer): Play {
  const lost = next().slice();
  const sequence = connection[from].next;
  skip(connection, from, lost.length);
  yield 20;
  connection.segment(from, ACK | PSH, next());
  truth.lostSegments += 1;
  yield 10;
  acknowledgeOnly(connection, otherSide(from), sequence);
  truth.duplicateAcks += 1;
  yield TIMEOUT + random.integer(TIMEOUT);
  connection.sendAgain(from, sequence, lost);
  truth.retransmissions += 1;
  yield* connection.acknowledge(otherSide(from));
}

/** The segment arrived, but the capture has lost it. */
function* notCaptured({ truth }: Stage, { connection, from, next }: Sufferer): Play {
  skip(connection, from, next().length);
  yield 20;
  connection.segment(from, ACK | PSH, next());
  truth.lostSegments += 1;
  yield* connection.acknowledge(otherSide(from));
  truth.ackedUnseen += 1;
}

/** The acknowledgement was lost behind us, so what arrived is sent once more. */
function* spurious({ random, truth }: Stage, { connection, from, next }: Sufferer): Play {
  const again = next().slice();
  const sequence = connection[from].next;
  yield 20;
  connection.segment(from, ACK | PSH, again);
  yield* connection.acknowledge(otherSide(from));
  yield TIMEOUT + random.integer(TIMEOUT);
  connection.sendAgain(from, sequence, again);
  truth.retransmissions += 1;
  truth.spuriousRetransmissions += 1;
  yield 30;
  connection.segment(otherSide(from), ACK);
  truth.duplicateAcks += 1;
}

/** The receiver stops to read: its window closes, the sender probes with one byte, and the window opens again. */
function* zeroWindow({ random, truth }: Stage, { connection, from, next }: Sufferer): Play {
  const peer = connection[otherSide(from)];
  const open = peer.window;
  yield 20;
  connection.segment(from, ACK | PSH, next());
  peer.window = 0;
  yield 30;
  connection.segment(otherSide(from), ACK);
  truth.zeroWindows += 1;
  const probes = 1 + random.integer(3);
  for (let n = 0; n < probes; n += 1) {
    yield TIMEOUT * 2 ** n;
    connection.sendAgain(from, connection[from].next, PROBE);
    truth.zeroWindowProbes += 1;
    yield 30;
    connection.segment(otherSide(from), ACK);
    truth.zeroWindows += 1;
    truth.zeroWindowProbeAcks += 1;
  }
  peer.window = open;
  yield TIMEOUT;
  connection.segment(otherSide(from), ACK);
  truth.windowUpdates += 1;
}

const PROBE = Uint8Array.of(0x17);

function skip(connection: Connection, from: SideName, length: number): void {
  connection[from].next = (connection[from].next + length) >>> 0;
}

/** Acknowledges less than what was sent. */
function acknowledgeOnly(connection: Connection, by: SideName, upTo: number): void {
  const sender = connection[otherSide(by)];
  const whole = sender.next;
  sender.next = upTo;
  connection.segment(by, ACK);
  sender.next = whole;
}
