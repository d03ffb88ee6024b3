import { createPcapngWriter } from '../../../packets/formats/pcapng-writer.ts';
import type { DeepOffer } from './deep-offer.ts';
import { createTakenPackets, type BlockPlace, type TakenPacket, type TakenPackets } from './taken-packets.ts';

/**
 * The packets that tshark is given, as a pcapng file that grows, kept whole: where tshark dies of one of them, the others
 * are written once more. Packets are numbered from 1 in the order in which they were added.
 */
export interface Subset {
  /** Keeps a packet; false where pcapng cannot tell it. */
  add(packet: DeepOffer, share: number, isSample: boolean): boolean;
  /** No more packets come. */
  end(): void;
  readonly packets: number;
  readonly bytes: number;
  /** What is remembered of the packet with this number; null where there is none. */
  at(number: number): TakenPacket | null;
  /** What it carries above TCP or UDP. */
  payload(number: number): Uint8Array;
  /** The file from its beginning to its end, as it grows; without the packets of the shares in `without`. */
  chunks(without: ReadonlySet<number>): AsyncGenerator<Uint8Array, void>;
}

const CHUNK_BYTES = 256 * 1024;
/** Less than this waits for more, as long as more may come. */
const WORTH_SENDING = 64 * 1024;
/** Of a packet's block: what stands in front of its bytes, and behind them. */
const BLOCK_HEAD = 28;
const BLOCK_TAIL = 4;
const NOTHING = new Uint8Array(0);

interface Chunk {
  bytes: Uint8Array;
  length: number;
}

/** The file as far as it is written. */
interface Growing {
  chunks: Chunk[];
  packets: TakenPackets;
  isOver: boolean;
  more: PromiseWithResolvers<void>;
}

export function createSubset(): Subset {
  const writer = createPcapngWriter();
  const packets = createTakenPackets();
  const growing: Growing = { chunks: [], packets, isOver: false, more: Promise.withResolvers() };
  const { chunks } = growing;
  let bytes = 0;

  const chunkFor = (captured: number): Chunk => {
    const last = chunks.at(-1);
    const needed = writer.room(captured);
    if (last !== undefined && last.bytes.length - last.length >= needed) return last;
    const fresh = { bytes: new Uint8Array(Math.max(CHUNK_BYTES, needed)), length: 0 };
    chunks.push(fresh);
    return fresh;
  };
  return {
    add(packet, share, isSample) {
      const captured = packet.end - packet.start;
      const chunk = chunkFor(captured);
      const { header, start, end } = packet;
      const written = writer.write(chunk.bytes, chunk.length, header, packet.bytes, start, end);
      if (written === 0) return false;
      chunk.length += written;
      bytes += written;
      packets.add(packet, share, isSample, placeOf(packet, chunks.length - 1, chunk.length));
      if (chunk.length >= WORTH_SENDING || chunks.length > 1) tell(growing);
      return true;
    },
    end() {
      growing.isOver = true;
      tell(growing);
    },
    get packets() {
      return packets.count;
    },
    get bytes() {
      return bytes;
    },
    at: (number) => packets.at(number),
    payload(number) {
      const place = packets.place(number);
      if (place === null) return NOTHING;
      return chunks[place.chunk]?.bytes.subarray(place.payloadStart, place.payloadEnd) ?? NOTHING;
    },
    chunks: (without) => (without.size === 0 ? asItGrows(growing) : lessSome(growing, without)),
  };
}

function tell(growing: Growing): void {
  growing.more.resolve();
  growing.more = Promise.withResolvers();
}

function placeOf({ frame, bytes, start, end }: DeepOffer, chunk: number, blockEnd: number): BlockPlace {
  const padded = (end - start + 3) & ~3;
  const block = blockEnd - BLOCK_HEAD - padded - BLOCK_TAIL;
  // What was put together from several packets stands in none of them.
  const payloadAt = frame.payloadAt < 0 || frame.bytes !== bytes ? end : frame.payloadAt;
  const behind = block + BLOCK_HEAD - start;
  return {
    chunk,
    start: block,
    end: blockEnd,
    payloadStart: behind + payloadAt,
    payloadEnd: behind + Math.max(Math.min(frame.end, end), payloadAt),
  };
}

async function* asItGrows(growing: Growing): AsyncGenerator<Uint8Array, void> {
  for (let index = 0; ; index += 1) {
    let sent = 0;
    for (;;) {
      const chunk = growing.chunks[index];
      const isLast = index >= growing.chunks.length - 1;
      const ready = (chunk?.length ?? 0) - sent;
      if (chunk !== undefined && ready > 0 && (!isLast || growing.isOver || ready >= WORTH_SENDING)) {
        const from = sent;
        sent = chunk.length;
        yield chunk.bytes.subarray(from, sent);
      } else if (!isLast) break;
      else if (growing.isOver) return;
      else await growing.more.promise;
    }
  }
}

/** Of a file that is written to its end. What stands in front of a packet may describe its interface, and stays. */
async function* lessSome(
  { chunks, packets }: Growing,
  without: ReadonlySet<number>,
): AsyncGenerator<Uint8Array, void> {
  let number = 1;
  for (const [index, { bytes, length }] of chunks.entries()) {
    let from = 0;
    for (let place = packets.place(number); place?.chunk === index; place = packets.place(number)) {
      if (without.has(packets.at(number)?.share ?? -1)) {
        if (place.start > from) yield bytes.subarray(from, place.start);
        from = place.end;
      }
      number += 1;
    }
    if (length > from) yield bytes.subarray(from, length);
  }
}
