import type { DeepOffer } from './deep-offer.ts';

/** What is remembered of a packet that tshark was given. */
export interface TakenPacket {
  frame: number;
  kind: 'tcp' | 'udp' | 'other';
  stream: number;
  /** Number of its share: see shares.ts. */
  share: number;
  /** Whether tshark is only asked whether it agrees with our own reader. */
  isSample: boolean;
  /** As in `TcpVerdict`. */
  marks: number;
  duplicateAck: number;
  initialRttNanoseconds: number;
}

/** Where a packet stands in the file that tshark is given: in which chunk of it, and there from where to where. */
export interface BlockPlace {
  chunk: number;
  /** Where its own block begins: in front of it may stand what its block needs. */
  start: number;
  end: number;
  payloadStart: number;
  payloadEnd: number;
}

/** One row of numbers per packet; packets are numbered from 1. */
export interface TakenPackets {
  add(packet: DeepOffer, share: number, isSample: boolean, place: BlockPlace): void;
  readonly count: number;
  /** Null where there is no packet with this number. */
  at(number: number): TakenPacket | null;
  place(number: number): BlockPlace | null;
}

const COLUMNS = 13;
const KINDS = ['other', 'tcp', 'udp'] as const;
const TCP = 6;
const UDP = 17;

export function createTakenPackets(): TakenPackets {
  let table = new Float64Array(1_024 * COLUMNS);
  let count = 0;

  return {
    add({ header, frame, stream, verdict }, share, isSample, place) {
      if ((count + 1) * COLUMNS > table.length) {
        const larger = new Float64Array(2 * table.length);
        larger.set(table);
        table = larger;
      }
      const kind = frame.transport === TCP ? 1 : frame.transport === UDP ? 2 : 0;
      const { marks = 0, duplicateAck = 0, initialRttNanoseconds = 0 } = verdict ?? {};
      const { chunk, start, end, payloadStart, payloadEnd } = place;
      const at = count * COLUMNS;
      table[at] = header.number;
      table[at + 1] = kind;
      table[at + 2] = stream;
      table[at + 3] = share;
      table[at + 4] = isSample ? 1 : 0;
      table[at + 5] = marks;
      table[at + 6] = duplicateAck;
      table[at + 7] = initialRttNanoseconds;
      table[at + 8] = chunk;
      table[at + 9] = start;
      table[at + 10] = end;
      table[at + 11] = payloadStart;
      table[at + 12] = payloadEnd;
      count += 1;
    },
    get count() {
      return count;
    },
    at(number) {
      if (number < 1 || number > count) return null;
      const at = (number - 1) * COLUMNS;
      return {
        frame: table[at] ?? 0,
        kind: KINDS[table[at + 1] ?? 0] ?? 'other',
        stream: table[at + 2] ?? 0,
        share: table[at + 3] ?? 0,
        isSample: table[at + 4] === 1,
        marks: table[at + 5] ?? 0,
        duplicateAck: table[at + 6] ?? 0,
        initialRttNanoseconds: table[at + 7] ?? 0,
      };
    },
    place(number) {
      if (number < 1 || number > count) return null;
      const row = table.subarray((number - 1) * COLUMNS + 8, number * COLUMNS);
      const [chunk = 0, start = 0, end = 0, payloadStart = 0, payloadEnd = 0] = row;
      return { chunk, start, end, payloadStart, payloadEnd };
    },
  };
}
