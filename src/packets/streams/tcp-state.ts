/** Words of one direction of a connection, by their place behind the beginning of its half of the row. */
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
/** Times: whole seconds modulo 2^32, then nanoseconds. */
export const NEXT_AT = 9;
export const ACKED_AT = 11;
const DIRECTION_WORDS = 13;

/** Words of the whole connection, by their place in the row: when the last SYN came, and how long the handshake took. */
export const SYN_AT = 26;
export const INITIAL_RTT = 28;
/** 128 bytes: two lines of a processor's cache, no matter which direction is looked at. */
const ROW_WORDS = 32;

/** Values of SCALE beside a shift count. */
export const SCALE_UNKNOWN = -1;
export const SCALE_NONE = -2;

/**
 * What is remembered per connection: one row of 32-bit words, sequence numbers as signed ones. Rows stand in pages of
 * 2,048, so that room for more never copies what is there.
 */
export interface TcpState {
  pages: Int32Array[];
  streams: number;
}

const PAGE_BITS = 11;
const PAGE_ROWS = 1 << PAGE_BITS;
const NO_PAGE = new Int32Array(0);

export const newTcpState = (): TcpState => ({ pages: [], streams: 0 });

/** The page on which a connection's row stands. */
export const pageOf = ({ pages }: TcpState, stream: number): Int32Array =>
  pages[stream >>> PAGE_BITS] ?? NO_PAGE;

/** Where the row begins on its page. */
export const rowOf = (stream: number): number => (stream & (PAGE_ROWS - 1)) * ROW_WORDS;

/** Where a direction's half begins in a row. */
export const halfOf = (row: number, direction: number): number => row + direction * DIRECTION_WORDS;

/** Makes room for one more connection and answers its number. */
export function addStream(state: TcpState): number {
  const stream = state.streams;
  if ((stream & (PAGE_ROWS - 1)) === 0) state.pages.push(new Int32Array(PAGE_ROWS * ROW_WORDS));
  state.streams += 1;
  const page = pageOf(state, stream);
  page[halfOf(rowOf(stream), 0) + SCALE] = SCALE_UNKNOWN;
  page[halfOf(rowOf(stream), 1) + SCALE] = SCALE_UNKNOWN;
  return stream;
}
