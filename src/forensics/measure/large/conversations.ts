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

const FIRST = 256;
const MOST_COUNTED = 0xffff;

export function createConversations(kind: ConversationTotals['kind'], texts: AddressTexts): Conversations {
  let packets = new Uint32Array(2 * FIRST);
  let bytes = new Float64Array(2 * FIRST);
  let times = new Float64Array(2 * FIRST);
  let carrying = new Uint16Array(FIRST);
  let paths = new Int16Array(FIRST).fill(-1);
  /** Two per conversation: the sender in direction 0, and in direction 1. */
  const ends: string[] = [];
  let count = 0;

  const grow = (): void => {
    packets = enlarged(packets, new Uint32Array(2 * packets.length));
    bytes = enlarged(bytes, new Float64Array(2 * bytes.length));
    times = enlarged(times, new Float64Array(2 * times.length));
    carrying = enlarged(carrying, new Uint16Array(2 * carrying.length));
    paths = enlarged(paths, new Int16Array(2 * paths.length).fill(-1));
  };
  return {
    add(stream, direction, frame, length, at) {
      while (stream >= count) {
        if (count === carrying.length) grow();
        ends.push(texts.of(frame, direction), texts.of(frame, 1 - direction));
        times[2 * count] = at;
        times[2 * count + 1] = at;
        count += 1;
      }
      const row = 2 * stream + direction;
      packets[row] = (packets[row] ?? 0) + 1;
      bytes[row] = (bytes[row] ?? 0) + length;
      if (at > (times[2 * stream + 1] ?? 0)) times[2 * stream + 1] = at;
      if (at < (times[2 * stream] ?? 0)) times[2 * stream] = at;
    },
    carries(stream) {
      const before = carrying[stream] ?? 0;
      if (before < MOST_COUNTED) carrying[stream] = before + 1;
      return before;
    },
    carried: (stream) => carrying[stream] ?? 0,
    path: (stream) => paths[stream] ?? -1,
    setPath: (stream, path) => {
      paths[stream] = path;
    },
    sender: (stream, direction) => ends[2 * stream + direction] ?? '',
    *all() {
      for (let stream = 0; stream < count; stream += 1) {
        yield {
          kind,
          stream,
          a: ends[2 * stream] ?? '',
          b: ends[2 * stream + 1] ?? '',
          packetsAToB: packets[2 * stream] ?? 0,
          packetsBToA: packets[2 * stream + 1] ?? 0,
          bytesAToB: bytes[2 * stream] ?? 0,
          bytesBToA: bytes[2 * stream + 1] ?? 0,
          firstAt: times[2 * stream] ?? 0,
          lastAt: times[2 * stream + 1] ?? 0,
          path: paths[stream] ?? -1,
        };
      }
    },
  };
}

function enlarged<T extends Uint32Array | Float64Array | Uint16Array | Int16Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
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
