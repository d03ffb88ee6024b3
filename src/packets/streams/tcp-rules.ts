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
  LAST_ACK,
  LAST_FLAGS,
  NEXT_AT,
  NEXT_SEQUENCE,
  SCALE,
  SCALE_NONE,
  SCALE_UNKNOWN,
  SYN_AT,
  WINDOW,
  timeRow,
  type TcpState,
} from './tcp-state.ts';

/** The segment under judgement and the rows of its two directions. */
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
  stream: number;
  own: number;
  other: number;
  ownTimes: number;
  otherTimes: number;
  marks: number;
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
  stream: 0,
  own: 0,
  other: 0,
  ownTimes: 0,
  otherTimes: 0,
  marks: 0,
});

const FAST_NANOSECONDS = 20_000_000;
const REORDER_NANOSECONDS = 3_000_000;

/** Judges a segment and remembers it. */
export function analyse(state: TcpState, segment: Segment): void {
  const { fields } = state;
  const { own } = segment;
  rememberBase(state, segment);
  const isSettled = judgeWindows(state, segment);
  if (!isSettled && isPlainRepeat(state, segment) && segment.window !== 0) {
    const before = fields[own + DUPLICATE_ACKS] ?? 0;
    fields[own + DUPLICATE_ACKS] = before === -1 ? 1 : before + 1;
    segment.marks |= DUPLICATE_ACK;
  }
  if (segment.acknowledgement !== fields[own + LAST_ACK]) fields[own + DUPLICATE_ACKS] = 0;
  judgeAcknowledgement(state, segment);
  judgeData(state, segment);
  remember(state, segment);
  if ((segment.flags & SYN) !== 0) rememberSyn(state, segment);
  measureHandshake(state, segment);
}

/** The first sequence number of each direction; of the other one an acknowledgement tells it too. */
function rememberBase({ fields }: TcpState, { flags, own, other, sequence, acknowledgement }: Segment): void {
  if (fields[own + HAS_BASE] === 0) {
    fields[own + BASE_SEQUENCE] = (flags & SYN) !== 0 ? sequence : sequence - 1;
    fields[own + HAS_BASE] = 1;
  }
  if (fields[other + HAS_BASE] === 0 && (flags & ACK) !== 0) {
    fields[other + BASE_SEQUENCE] = acknowledgement - 1;
    fields[other + HAS_BASE] = 1;
  }
}

/** Judges by windows and by keep-alive rules; true where the segment is explained by that and is no duplicate ACK. */
function judgeWindows({ fields }: TcpState, segment: Segment): boolean {
  const { own, other, flags, length, sequence, window, acknowledgement } = segment;
  const next = fields[own + NEXT_SEQUENCE] ?? 0;
  const otherWindow = fields[other + WINDOW] ?? 0;
  const isPlain = (flags & (SYN | FIN | RST)) === 0;
  if (length === 1 && sequence === next && otherWindow === 0) {
    segment.marks |= ZERO_WINDOW_PROBE;
    return true;
  }
  if (window === 0 && isPlain) segment.marks |= ZERO_WINDOW;
  if (next !== 0 && isAfter(sequence, next) && (flags & RST) === 0) segment.marks |= LOST_SEGMENT;
  if (length <= 1 && sequence === ((next - 1) | 0) && isPlain) segment.marks |= KEEP_ALIVE;
  const repeats = length === 0 && sequence === next && acknowledgement === fields[own + LAST_ACK] && isPlain;
  const isSameWindow = window === fields[own + WINDOW];
  if (repeats && window !== 0 && !isSameWindow) segment.marks |= WINDOW_UPDATE;
  const scale = fields[other + SCALE] ?? SCALE_UNKNOWN;
  const edge = (fields[other + LAST_ACK] ?? 0) + otherWindow * 2 ** Math.max(scale, 0);
  if (length > 0 && scale !== SCALE_UNKNOWN && ((sequence + length) | 0) === (edge | 0) && isPlain)
    segment.marks |= WINDOW_FULL;
  if (!repeats || !isSameWindow) return false;
  const before = fields[other + LAST_FLAGS] ?? 0;
  if (window !== 0 && (before & KEEP_ALIVE) !== 0) segment.marks |= KEEP_ALIVE_ACK;
  else if (window === 0 && (before & ZERO_WINDOW_PROBE) !== 0) segment.marks |= ZERO_WINDOW_PROBE_ACK;
  else return false;
  return true;
}

/** Whether the segment says exactly what the one before in this direction said, and carries nothing. */
function isPlainRepeat({ fields }: TcpState, segment: Segment): boolean {
  const { own, flags, length, sequence, window, acknowledgement } = segment;
  return (
    length === 0 &&
    (flags & (SYN | FIN | RST)) === 0 &&
    window === fields[own + WINDOW] &&
    sequence === fields[own + NEXT_SEQUENCE] &&
    acknowledgement === fields[own + LAST_ACK]
  );
}

/** An acknowledgement of data that is not in the capture. */
function judgeAcknowledgement({ fields }: TcpState, segment: Segment): void {
  const { other, flags, acknowledgement } = segment;
  const whole = fields[other + HIGHEST_WHOLE] ?? 0;
  if (whole === 0 || (flags & ACK) === 0 || !isAfter(acknowledgement, whole)) return;
  const next = fields[other + NEXT_SEQUENCE] ?? 0;
  // Told once per hole: from now on the boundary lies behind it, or, where nothing behind it was seen yet, the count of
  // duplicates of the other side tells that it was told.
  if (isAfter(next, whole) || fields[other + DUPLICATE_ACKS] === 0) segment.marks |= ACKED_UNSEEN;
  if (isAfter(next, whole)) fields[other + HIGHEST_WHOLE] = next;
  else fields[other + DUPLICATE_ACKS] = -1;
}

/** Data that does not advance the sequence: sent again, or overtaken on the way. */
function judgeData(state: TcpState, segment: Segment): void {
  const { fields, times } = state;
  const { own, other, flags, length, sequence } = segment;
  if ((length === 0 && (flags & (SYN | FIN)) === 0) || (segment.marks & KEEP_ALIVE) !== 0) return;
  const next = fields[own + NEXT_SEQUENCE] ?? 0;
  const answered = fields[other + LAST_ACK] ?? 0;
  // More than one byte from just before the end on: the first of them was a probe, the others are new.
  const isBehind = next !== 0 && isAfter(next, sequence) && !(length > 1 && ((next - 1) | 0) === sequence);
  if (length > 0 && answered !== 0 && !isAfter(sequence + length, answered)) {
    segment.marks |= SPURIOUS_RETRANSMISSION;
    return;
  }
  if (!isBehind) return;
  const sinceAck = since(times, segment.otherTimes + ACKED_AT, segment);
  if ((fields[other + DUPLICATE_ACKS] ?? 0) >= 2 && answered === sequence && sinceAck < FAST_NANOSECONDS) {
    segment.marks |= FAST_RETRANSMISSION;
    return;
  }
  const rtt = state.initialRtt[segment.stream] ?? 0;
  const ending = sequence + length + ((flags & (SYN | FIN)) === 0 ? 0 : 1);
  const sinceNext = since(times, segment.ownTimes + NEXT_AT, segment);
  const isClose = sinceNext < (rtt === 0 ? REORDER_NANOSECONDS : rtt);
  segment.marks |= isClose && next !== (ending | 0) ? OUT_OF_ORDER : RETRANSMISSION;
}

function remember({ fields, times }: TcpState, segment: Segment): void {
  const { own, ownTimes, flags, length, sequence, marks } = segment;
  const following = (sequence + length + ((flags & (SYN | FIN)) === 0 ? 0 : 1)) | 0;
  const next = fields[own + NEXT_SEQUENCE] ?? 0;
  const isProbe = (marks & ZERO_WINDOW_PROBE) !== 0;
  if (!isProbe && (next === 0 || isAfter(following, next))) {
    fields[own + NEXT_SEQUENCE] = following;
    times[ownTimes + NEXT_AT] = segment.seconds;
    times[ownTimes + NEXT_AT + 1] = segment.nanoseconds;
  }
  const whole = fields[own + HIGHEST_WHOLE] ?? 0;
  if (!isProbe && (whole === 0 || whole === sequence))
    fields[own + HIGHEST_WHOLE] = fields[own + NEXT_SEQUENCE] ?? 0;
  fields[own + WINDOW] = segment.window;
  fields[own + LAST_ACK] = segment.acknowledgement;
  fields[own + LAST_FLAGS] = marks;
  times[ownTimes + ACKED_AT] = segment.seconds;
  times[ownTimes + ACKED_AT + 1] = segment.nanoseconds;
}

/** Window scaling holds only where both sides offer it (RFC 7323). */
function rememberSyn({ fields, times }: TcpState, segment: Segment): void {
  const { own, other, flags, stream, scale } = segment;
  fields[own + SCALE] = scale < 0 ? SCALE_NONE : scale;
  if ((flags & ACK) === 0) {
    times[timeRow(stream, 0) + SYN_AT] = segment.seconds;
    times[timeRow(stream, 0) + SYN_AT + 1] = segment.nanoseconds;
  } else if (scale < 0 || fields[other + SCALE] === SCALE_NONE) {
    fields[own + SCALE] = SCALE_NONE;
    fields[other + SCALE] = SCALE_NONE;
  }
}

/** The first ACK behind a SYN is taken for the end of the handshake. */
function measureHandshake({ times, initialRtt }: TcpState, segment: Segment): void {
  const { stream, flags } = segment;
  const synAt = timeRow(stream, 0) + SYN_AT;
  const hasSyn = times[synAt] !== 0 || times[synAt + 1] !== 0;
  if ((flags & (SYN | ACK)) !== ACK || initialRtt[stream] !== 0 || !hasSyn) return;
  const passed = since(times, synAt, segment);
  if (Number.isFinite(passed)) initialRtt[stream] = passed;
}

/** Nanoseconds from a remembered time to the segment; endless where time went backwards. */
function since(times: Float64Array, at: number, { seconds, nanoseconds }: Segment): number {
  const passed = (seconds - (times[at] ?? 0)) * 1e9 + nanoseconds - (times[at + 1] ?? 0);
  return passed < 0 ? Infinity : passed;
}

/** Whether a sequence number lies behind another one, as numbers of 32 bits that wrap. */
const isAfter = (sequence: number, other: number): boolean => ((sequence - other) | 0) > 0;
