import { RETRANSMISSION } from '../../../packets/streams/tcp-marks.ts';
import { SYN, type Packet } from '../packet.ts';

/** Packets, bytes and TCP segments that were sent again, per stretch of time. */
export interface RateTable {
  /** When the first bucket begins, in seconds since 1970; null without a packet. */
  start: number | null;
  bucketSeconds: number;
  packets: number[];
  bytes: number[];
  retransmissions: number[];
}

const MAX_BUCKETS = 120;
/** Lengths that people read easily; each is a multiple of the one before, so that buckets can be joined. */
const STEPS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 21_600, 86_400, 604_800];

/** Traffic over time in at most 120 buckets, which grow longer as the capture does. */
export function createRates() {
  let width = STEPS[0] ?? 1;
  let start: number | null = null;
  let packets: number[] = [];
  let bytes: number[] = [];
  let retransmissions: number[] = [];
  const widenFor = (after: number): void => {
    const needed = after / MAX_BUCKETS;
    let next = STEPS.find((step) => step > needed);
    for (next ??= STEPS.at(-1) ?? 1; next <= needed;) next *= 2;
    const factor = Math.round(next / width);
    packets = joined(packets, factor);
    bytes = joined(bytes, factor);
    retransmissions = joined(retransmissions, factor);
    width = next;
  };
  return {
    add(packet: Packet): void {
      start ??= packet.at;
      // What is stamped before the first packet counts as its contemporary.
      const after = Math.max(packet.at - start, 0);
      if (!Number.isFinite(after)) return;
      if (after >= width * MAX_BUCKETS) widenFor(after);
      const bucket = Math.floor(after / width);
      packets[bucket] = (packets[bucket] ?? 0) + 1;
      bytes[bucket] = (bytes[bucket] ?? 0) + packet.bytes;
      if (isRetransmission(packet)) retransmissions[bucket] = (retransmissions[bucket] ?? 0) + 1;
    },
    finish: (): RateTable => ({
      start,
      bucketSeconds: width,
      packets: Array.from(packets, (count) => count ?? 0),
      bytes: Array.from(bytes, (count) => count ?? 0),
      retransmissions: Array.from({ length: packets.length }, (_, bucket) => retransmissions[bucket] ?? 0),
    }),
  };
}

/** As the table of connections counts them: a SYN that is sent again is counted with the attempts to connect. */
const isRetransmission = ({ transport }: Packet): boolean =>
  transport?.kind === 'tcp' &&
  transport.segment !== null &&
  (transport.segment.marks & RETRANSMISSION) !== 0 &&
  (transport.flags & SYN) === 0;

function joined(counts: readonly number[], factor: number): number[] {
  const sums: number[] = [];
  for (const [index, value] of counts.entries()) {
    const bucket = Math.floor(index / factor);
    sums[bucket] = (sums[bucket] ?? 0) + (value ?? 0);
  }
  return sums;
}
