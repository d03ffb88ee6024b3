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

  const rowOf = (number: number): Float64Array | null =>
    number < 1 || number > count ? null : table.subarray((number - 1) * COLUMNS, number * COLUMNS);
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
      const known = [header.number, kind, stream, share, isSample ? 1 : 0];
      const judged = [marks, duplicateAck, initialRttNanoseconds];
      table.set([...known, ...judged, chunk, start, end, payloadStart, payloadEnd], count * COLUMNS);
      count += 1;
    },
    get count() {
      return count;
    },
    at(number) {
      const row = rowOf(number);
      if (row === null) return null;
      const [frame = 0, kind = 0, stream = 0, share = 0, isSample, ...judged] = row;
      const [marks = 0, duplicateAck = 0, initialRttNanoseconds = 0] = judged;
      const known = { frame, kind: KINDS[kind] ?? 'other', stream, share, isSample: isSample === 1 };
      return { ...known, marks, duplicateAck, initialRttNanoseconds };
    },
    place(number) {
      const row = rowOf(number);
      if (row === null) return null;
      const [chunk = 0, start = 0, end = 0, payloadStart = 0, payloadEnd = 0] = row.subarray(8);
      return { chunk, start, end, payloadStart, payloadEnd };
    },
  };
}
