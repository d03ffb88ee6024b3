import { ipv4Text, ipv6Text } from '../../../packets/addresses.ts';
import { u32 } from '../../../packets/bytes.ts';
import type { Frame } from '../../../packets/frame.ts';

/** All packets of one TCP connection or UDP flow, added up. */
export interface ConversationTotals {
  kind: 'tcp' | 'udp';
  stream: number;
  a: string;
  b: string;
  packetsAToB: number;
  packetsBToA: number;
  bytesAToB: number;
  bytesBToA: number;
  firstAt: number;
  lastAt: number;
  /** Number of its longest path of protocols. */
  path: number;
}

/** Sums per conversation over typed arrays: what a packet in the middle of a transfer costs is a few additions. */
export interface Conversations {
  /** Adds a packet that had `bytes` on the wire, at this time in seconds since 1970. */
  add(stream: number, direction: number, frame: Frame, bytes: number, at: number): void;
  /** Counts a packet that carries something, and answers how many of the conversation did before. */
  carries(stream: number): number;
  /** How many so far. */
  carried(stream: number): number;
  /** The path of protocols that its packets have shown so far; -1 at first. */
  path(stream: number): number;
  setPath(stream: number, path: number): void;
  /** Address of the sender of packets in this direction. */
  sender(stream: number, direction: number): string;
  all(): Iterable<ConversationTotals>;
}

/** Words of the row of a conversation: one line of a processor's cache holds all that a packet changes. */
const WORDS = 8;
const FIRST_AT = 0;
const LAST_AT = 1;
/** Packets and bytes: in direction 0, and in direction 1 behind it. */
const PACKETS = 2;
const BYTES = 4;
/** How many packets carried something. */
const CARRYING = 6;
const PATH = 7;
const FIRST_ROWS = 256;

export function createConversations(kind: ConversationTotals['kind'], texts: AddressTexts): Conversations {
  let rows = new Float64Array(FIRST_ROWS * WORDS);
  /** Two per conversation: the sender in direction 0, and in direction 1. */
  const ends: string[] = [];
  let count = 0;

  const begin = (frame: Frame, direction: number, at: number): void => {
    if ((count + 1) * WORDS > rows.length) {
      const larger = new Float64Array(2 * rows.length);
      larger.set(rows);
      rows = larger;
    }
    ends.push(texts.of(frame, direction), texts.of(frame, 1 - direction));
    const row = count * WORDS;
    rows[row + FIRST_AT] = at;
    rows[row + LAST_AT] = at;
    rows[row + PATH] = -1;
    count += 1;
  };
  return {
    add(stream, direction, frame, length, at) {
      for (let missing = stream - count; missing >= 0; missing -= 1) begin(frame, direction, at);
      const row = stream * WORDS;
      const packets = row + PACKETS + direction;
      const bytes = row + BYTES + direction;
      rows[packets] = (rows[packets] ?? 0) + 1;
      rows[bytes] = (rows[bytes] ?? 0) + length;
      if (at > (rows[row + LAST_AT] ?? 0)) rows[row + LAST_AT] = at;
      if (at < (rows[row + FIRST_AT] ?? 0)) rows[row + FIRST_AT] = at;
    },
    carries(stream) {
      const before = rows[stream * WORDS + CARRYING] ?? 0;
      rows[stream * WORDS + CARRYING] = before + 1;
      return before;
    },
    carried: (stream) => rows[stream * WORDS + CARRYING] ?? 0,
    path: (stream) => (stream < count ? (rows[stream * WORDS + PATH] ?? -1) : -1),
    setPath: (stream, path) => {
      rows[stream * WORDS + PATH] = path;
    },
    sender: (stream, direction) => ends[2 * stream + direction] ?? '',
    *all() {
      for (let stream = 0; stream < count; stream += 1) {
        const row = stream * WORDS;
        const at = (word: number): number => rows[row + word] ?? 0;
        yield {
          kind,
          stream,
          a: ends[2 * stream] ?? '',
          b: ends[2 * stream + 1] ?? '',
          packetsAToB: at(PACKETS),
          packetsBToA: at(PACKETS + 1),
          bytesAToB: at(BYTES),
          bytesBToA: at(BYTES + 1),
          firstAt: at(FIRST_AT),
          lastAt: at(LAST_AT),
          path: at(PATH),
        };
      }
    },
  };
}

/** Addresses as text; one string for all packets of a host, as long as the hosts are not too many. */
export interface AddressTexts {
  /** The innermost IP address of the sender (`end` 0) or receiver (1); '' where there is none. */
  of(frame: Frame, end: number): string;
}

const MOST_TEXTS = 100_000;

export function createAddressTexts(): AddressTexts {
  const v4 = new Map<number, string>();
  return {
    of: (frame, end) => {
      const index = frame.ownNetworks - 1;
      if (index < 0) return '';
      const at = (end === 0 ? frame.networkSource : frame.networkTarget)[index] ?? 0;
      if (frame.networkVersion[index] !== 4) return ipv6Text(frame.bytes, at);
      const number = u32(frame.bytes, at);
      const known = v4.get(number);
      if (known !== undefined) return known;
      const text = ipv4Text(frame.bytes, at);
      if (v4.size < MOST_TEXTS) v4.set(number, text);
      return text;
    },
  };
}
