/** Fields of one direction of a connection, by their place in a row of `Directions`. */
export const NEXT_SEQUENCE = 0;
export const LAST_ACK = 1;
/** Up to here the data was seen without a hole. */
export const HIGHEST_WHOLE = 2;
export const WINDOW = 3;
export const SCALE = 4;
export const DUPLICATE_ACKS = 5;
export const LAST_FLAGS = 6;
export const BASE_SEQUENCE = 7;
export const HAS_BASE = 8;
const FIELDS = 9;

/** Times of one direction or connection, by their place: whole seconds, then nanoseconds. */
export const NEXT_AT = 0;
export const ACKED_AT = 2;
export const SYN_AT = 4;
const TIMES = 6;

/** Values of SCALE beside a shift count. */
export const SCALE_UNKNOWN = -1;
export const SCALE_NONE = -2;

/**
 * What is remembered per connection: two rows of numbers, one per direction, in arrays that grow by doubling. Row
 * 2 * stream + direction.
 */
export interface TcpState {
  /** Sequence numbers and windows; unsigned 32-bit values are kept as signed ones. */
  fields: Int32Array;
  times: Float64Array;
  /** Nanoseconds from SYN to the ACK that ends the handshake, 0 until it is known; per connection. */
  initialRtt: Float64Array;
  streams: number;
}

const FIRST_STREAMS = 32;

export const newTcpState = (): TcpState => ({
  fields: new Int32Array(2 * FIRST_STREAMS * FIELDS),
  times: new Float64Array(2 * FIRST_STREAMS * TIMES),
  initialRtt: new Float64Array(FIRST_STREAMS),
  streams: 0,
});

export const fieldRow = (stream: number, direction: number): number => (2 * stream + direction) * FIELDS;
export const timeRow = (stream: number, direction: number): number => (2 * stream + direction) * TIMES;

/** Makes room for one more connection and answers its number. */
export function addStream(state: TcpState): number {
  const stream = state.streams;
  if (stream >= state.initialRtt.length) {
    state.fields = doubled(state.fields, new Int32Array(state.fields.length * 2));
    state.times = doubled(state.times, new Float64Array(state.times.length * 2));
    state.initialRtt = doubled(state.initialRtt, new Float64Array(state.initialRtt.length * 2));
  }
  state.streams += 1;
  state.fields[fieldRow(stream, 0) + SCALE] = SCALE_UNKNOWN;
  state.fields[fieldRow(stream, 1) + SCALE] = SCALE_UNKNOWN;
  return stream;
}

function doubled<T extends Int32Array | Float64Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
