import {
  ACK,
  ACKED_UNSEEN,
  DUPLICATE_ACK,
  FAST_RETRANSMISSION,
  FIN,
  KEEP_ALIVE,
  KEEP_ALIVE_ACK,
  LOST_SEGMENT,
  OUT_OF_ORDER,
  RETRANSMISSION,
  RST,
  SPURIOUS_RETRANSMISSION,
  SYN,
  WINDOW_FULL,
  WINDOW_UPDATE,
  ZERO_WINDOW,
  ZERO_WINDOW_PROBE,
  ZERO_WINDOW_PROBE_ACK,
} from './tcp-marks.ts';
import {
  ACKED_AT,
  BASE_SEQUENCE,
  DUPLICATE_ACKS,
  HAS_BASE,
  HIGHEST_WHOLE,
  INITIAL_RTT,
  LAST_ACK,
  LAST_FLAGS,
  NEXT_AT,
  NEXT_SEQUENCE,
  SCALE,
  SCALE_NONE,
  SCALE_UNKNOWN,
  SYN_AT,
  WINDOW,
} from './tcp-state.ts';

/** The segment under judgement; sequence numbers and seconds as signed numbers of 32 bits. */
export interface Segment {
  flags: number;
  sequence: number;
  acknowledgement: number;
  window: number;
  length: number;
  /** Shift count of the window scale option, -1 where there is none. */
  scale: number;
  seconds: number;
  nanoseconds: number;
}

export const newSegment = (): Segment => ({
  flags: 0,
  sequence: 0,
  acknowledgement: 0,
  window: 0,
  length: 0,
  scale: -1,
  seconds: 0,
  nanoseconds: 0,
});

const FAST_NANOSECONDS = 20_000_000;
const REORDER_NANOSECONDS = 3_000_000;
const CONTROL = SYN | FIN | RST;

/**
 * Judges a segment by the connection's row on its page, whose halves of the two directions begin at `own` and `other`, and
 * remembers it there. Answers the marks. Segments that go on where the one before ended, or acknowledge more than it, are
 * nearly all: of them only the few rules are asked that can apply.
 */
export function analyse(page: Int32Array, row: number, own: number, other: number, segment: Segment): number {
  const { flags, sequence, acknowledgement, window, length } = segment;
  const isSyn = (flags & SYN) !== 0;
  if (page[own + HAS_BASE] === 0 || page[other + HAS_BASE] === 0) rememberBase(page, own, other, segment);
  const next = page[own + NEXT_SEQUENCE] ?? 0;
  const lastAck = page[own + LAST_ACK] ?? 0;
  const isInOrder = sequence === next && (flags & CONTROL) === 0 && window !== 0;
  let marks = 0;
  if (isInOrder && length > 1) {
    if (fillsWindow(page, other, segment)) marks = WINDOW_FULL;
  } else if (!isInOrder || length === 1 || acknowledgement === lastAck) {
    marks = judgeWindows(page, own, other, segment);
  }
  if (acknowledgement !== lastAck) page[own + DUPLICATE_ACKS] = 0;
  if ((flags & ACK) !== 0) {
    const whole = page[other + HIGHEST_WHOLE] ?? 0;
    if (whole !== 0 && isAfter(acknowledgement, whole)) marks |= judgeAcknowledgement(page, other, whole);
  }
  const carries = length + ((flags & (SYN | FIN)) === 0 ? 0 : 1);
  const answered = page[other + LAST_ACK] ?? 0;
  if (carries > 0 && (isAfter(next, sequence) || !isAfter(sequence + length, answered))) {
    marks |= judgeData(page, row, own, other, segment, marks);
  }
  remember(page, own, segment, (sequence + carries) | 0, marks);
  if (isSyn) rememberSyn(page, row, own, other, segment);
  else if ((flags & ACK) !== 0 && page[row + INITIAL_RTT] === 0 && page[row + INITIAL_RTT + 1] === 0) {
    measureHandshake(page, row, segment);
  }
  return marks;
}

/** The first sequence number of each direction; of the other one an acknowledgement tells it too. */
function rememberBase(
  page: Int32Array,
  own: number,
  other: number,
  { flags, sequence, acknowledgement }: Segment,
): void {
  if (page[own + HAS_BASE] === 0) {
    page[own + BASE_SEQUENCE] = (flags & SYN) !== 0 ? sequence : sequence - 1;
    page[own + HAS_BASE] = 1;
  }
  if (page[other + HAS_BASE] === 0 && (flags & ACK) !== 0) {
    page[other + BASE_SEQUENCE] = acknowledgement - 1;
    page[other + HAS_BASE] = 1;
  }
}

/** Judges by windows and by keep-alive rules, and counts duplicate ACKs; answers the marks. */
function judgeWindows(page: Int32Array, own: number, other: number, segment: Segment): number {
  const { flags, length, sequence, window, acknowledgement } = segment;
  const next = page[own + NEXT_SEQUENCE] ?? 0;
  const isPlain = (flags & CONTROL) === 0;
  if (length === 1 && sequence === next && page[other + WINDOW] === 0) return ZERO_WINDOW_PROBE;
  let marks = 0;
  if (window === 0 && isPlain) marks |= ZERO_WINDOW;
  if (next !== 0 && isAfter(sequence, next) && (flags & RST) === 0) marks |= LOST_SEGMENT;
  if (length <= 1 && sequence === ((next - 1) | 0) && isPlain) marks |= KEEP_ALIVE;
  if (length > 0 && isPlain && fillsWindow(page, other, segment)) marks |= WINDOW_FULL;
  // What says exactly what the segment before in this direction said, and carries nothing.
  const repeats = length === 0 && sequence === next && acknowledgement === page[own + LAST_ACK] && isPlain;
  if (!repeats) return marks;
  if (window !== page[own + WINDOW]) return window === 0 ? marks : marks | WINDOW_UPDATE;
  const before = page[other + LAST_FLAGS] ?? 0;
  if (window === 0) return (before & ZERO_WINDOW_PROBE) === 0 ? marks : marks | ZERO_WINDOW_PROBE_ACK;
  if ((before & KEEP_ALIVE) !== 0) return marks | KEEP_ALIVE_ACK;
  const count = page[own + DUPLICATE_ACKS] ?? 0;
  page[own + DUPLICATE_ACKS] = count === -1 ? 1 : count + 1;
  return marks | DUPLICATE_ACK;
}

/** Whether the data ends exactly where the window ends that the other side offered last. */
function fillsWindow(page: Int32Array, other: number, { sequence, length }: Segment): boolean {
  const scale = page[other + SCALE] ?? SCALE_UNKNOWN;
  if (scale === SCALE_UNKNOWN) return false;
  const offered = (page[other + WINDOW] ?? 0) << (scale > 0 ? scale : 0);
  return ((sequence + length) | 0) === (((page[other + LAST_ACK] ?? 0) + offered) | 0);
}

/** An acknowledgement of data behind `whole`, which is not in the capture. */
function judgeAcknowledgement(page: Int32Array, other: number, whole: number): number {
  const next = page[other + NEXT_SEQUENCE] ?? 0;
  // Told once per hole: from now on the boundary lies behind it, or, where nothing behind it was seen yet, the count of
  // duplicates of the other side tells that it was told.
  if (isAfter(next, whole)) {
    page[other + HIGHEST_WHOLE] = next;
    return ACKED_UNSEEN;
  }
  const mark = page[other + DUPLICATE_ACKS] === 0 ? ACKED_UNSEEN : 0;
  page[other + DUPLICATE_ACKS] = -1;
  return mark;
}

/** Data that does not advance the sequence: sent again, or overtaken on the way. */
function judgeData(
  page: Int32Array,
  row: number,
  own: number,
  other: number,
  segment: Segment,
  marks: number,
): number {
  const { flags, length, sequence } = segment;
  if ((marks & KEEP_ALIVE) !== 0) return 0;
  const next = page[own + NEXT_SEQUENCE] ?? 0;
  const answered = page[other + LAST_ACK] ?? 0;
  if (length > 0 && answered !== 0 && !isAfter(sequence + length, answered)) return SPURIOUS_RETRANSMISSION;
  // More than one byte from just before the end on: the first of them was a probe, the others are new.
  const isBehind = next !== 0 && isAfter(next, sequence) && !(length > 1 && ((next - 1) | 0) === sequence);
  if (!isBehind) return 0;
  const sinceAck = since(page, other + ACKED_AT, segment);
  if ((page[other + DUPLICATE_ACKS] ?? 0) >= 2 && answered === sequence && sinceAck < FAST_NANOSECONDS) {
    return FAST_RETRANSMISSION;
  }
  const rtt = (page[row + INITIAL_RTT] ?? 0) * 1e9 + (page[row + INITIAL_RTT + 1] ?? 0);
  const ending = sequence + length + ((flags & (SYN | FIN)) === 0 ? 0 : 1);
  const isClose = since(page, own + NEXT_AT, segment) < (rtt === 0 ? REORDER_NANOSECONDS : rtt);
  return isClose && next !== (ending | 0) ? OUT_OF_ORDER : RETRANSMISSION;
}

/** Keeps what the next segments are judged by; `following` is the sequence number behind this one. */
function remember(
  page: Int32Array,
  own: number,
  { sequence, seconds, nanoseconds, window, acknowledgement }: Segment,
  following: number,
  marks: number,
): void {
  if ((marks & ZERO_WINDOW_PROBE) === 0) {
    const next = page[own + NEXT_SEQUENCE] ?? 0;
    if (next === 0 || isAfter(following, next)) {
      page[own + NEXT_SEQUENCE] = following;
      page[own + NEXT_AT] = seconds;
      page[own + NEXT_AT + 1] = nanoseconds;
    }
    const whole = page[own + HIGHEST_WHOLE] ?? 0;
    if (whole === 0 || whole === sequence) page[own + HIGHEST_WHOLE] = page[own + NEXT_SEQUENCE] ?? 0;
  }
  page[own + WINDOW] = window;
  page[own + LAST_ACK] = acknowledgement;
  page[own + LAST_FLAGS] = marks;
  page[own + ACKED_AT] = seconds;
  page[own + ACKED_AT + 1] = nanoseconds;
}

/** Window scaling holds only where both sides offer it (RFC 7323). */
function rememberSyn(page: Int32Array, row: number, own: number, other: number, segment: Segment): void {
  const { flags, scale } = segment;
  page[own + SCALE] = scale < 0 ? SCALE_NONE : scale;
  if ((flags & ACK) === 0) {
    page[row + SYN_AT] = segment.seconds;
    page[row + SYN_AT + 1] = segment.nanoseconds;
  } else if (scale < 0 || page[other + SCALE] === SCALE_NONE) {
    page[own + SCALE] = SCALE_NONE;
    page[other + SCALE] = SCALE_NONE;
  }
}

/** The first ACK behind a SYN is taken for the end of the handshake. */
function measureHandshake(page: Int32Array, row: number, segment: Segment): void {
  const hasSyn = page[row + SYN_AT] !== 0 || page[row + SYN_AT + 1] !== 0;
  if (!hasSyn) return;
  const passed = since(page, row + SYN_AT, segment);
  if (!Number.isFinite(passed)) return;
  page[row + INITIAL_RTT] = Math.floor(passed / 1e9);
  page[row + INITIAL_RTT + 1] = passed % 1e9;
}

/** Nanoseconds from a remembered time to the segment; endless where time went backwards. */
function since(page: Int32Array, at: number, { seconds, nanoseconds }: Segment): number {
  const passed = ((seconds - (page[at] ?? 0)) | 0) * 1e9 + nanoseconds - (page[at + 1] ?? 0);
  return passed < 0 ? Infinity : passed;
}

/** Whether a sequence number lies behind another one, as numbers of 32 bits that wrap. */
const isAfter = (sequence: number, other: number): boolean => ((sequence - other) | 0) > 0;
