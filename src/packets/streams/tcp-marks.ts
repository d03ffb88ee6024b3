/** What a segment shows in the light of those before it: bits of `TcpVerdict.marks`. */
export const RETRANSMISSION = 0x001;
export const FAST_RETRANSMISSION = 0x002;
export const SPURIOUS_RETRANSMISSION = 0x004;
export const OUT_OF_ORDER = 0x008;
export const LOST_SEGMENT = 0x010;
export const ACKED_UNSEEN = 0x020;
export const DUPLICATE_ACK = 0x040;
export const ZERO_WINDOW = 0x080;
export const ZERO_WINDOW_PROBE = 0x100;
export const ZERO_WINDOW_PROBE_ACK = 0x200;
export const KEEP_ALIVE = 0x400;
export const KEEP_ALIVE_ACK = 0x800;
export const WINDOW_UPDATE = 0x1000;
export const WINDOW_FULL = 0x2000;

/** TCP flag bits. */
export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;
