import type { CaptureInterface, RecordHeader } from './record.ts';

/** Writes packets as a pcapng file, block by block, into memory that the caller has made ready. */
export interface PcapngWriter {
  /** Most bytes that the next packet can take, with what has to stand in front of it. */
  room(captured: number): number;
  /**
   * Writes the packet `bytes` from `start` to `end` to `target` from `at` on and answers how many bytes that took: its
   * block, in front of it the description of its interface where that is new, and in front of all the section header.
   * 0 where it cannot be told in pcapng: too many interfaces, or a time that 64 bits cannot hold.
   */
  write(
    target: Uint8Array,
    at: number,
    header: RecordHeader,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number;
}

const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;
const INTERFACE = 1;
const PACKET = 6;
const SECTION_BYTES = 28;
const INTERFACE_BYTES = 52;
const PACKET_BYTES = 32;
const RESOLUTION = 9;
const CHECK_SEQUENCE = 13;
const OFFSET = 14;
const NANOSECONDS = 9;
/** As many as Wireshark is known to bear; real files have a handful. */
const MOST_INTERFACES = 4_096;
/** Times are told from a multiple of this on, in seconds: within that, 64 bits hold nanoseconds. */
const ERA_SECONDS = 2 ** 33;

/**
 * A pcapng file of one section, little-endian. Every packet keeps its original time, to the nanosecond, its length on the
 * wire and its link type; one interface stands for all packets that have link type, check sequence and era in common.
 */
export function createPcapngWriter(): PcapngWriter {
  const interfaces = new Map<string, number>();
  let hasSection = false;
  /** Most packets have these in common with the one before. */
  let view: DataView = new DataView(new ArrayBuffer(0));
  let from: CaptureInterface | null = null;
  let era = 0;
  let number = 0;

  /** Makes the interface of the packet the one under way, with its description at `at` where it is new; -1 where it cannot be. */
  const enter = (header: RecordHeader, packetEra: number, at: number): number => {
    if (from === header.from && era === packetEra) return at;
    const { linkType, checkSequenceBits } = header.from;
    const key = `${linkType} ${checkSequenceBits} ${packetEra}`;
    const known = interfaces.get(key);
    if (known === undefined && (interfaces.size >= MOST_INTERFACES || !Number.isSafeInteger(header.seconds)))
      return -1;
    from = header.from;
    era = packetEra;
    number = known ?? interfaces.size;
    if (known !== undefined) return at;
    interfaces.set(key, number);
    const behind = hasSection ? at : putSection(view, at);
    hasSection = true;
    return putInterface(view, behind, linkType, checkSequenceBits, packetEra * ERA_SECONDS);
  };
  return {
    room: (captured) => SECTION_BYTES + INTERFACE_BYTES + PACKET_BYTES + captured + 3,
    write(target, at, header, bytes, start, end) {
      if (view.buffer !== target.buffer || view.byteOffset !== target.byteOffset)
        view = new DataView(target.buffer, target.byteOffset, target.byteLength);
      const packetEra = Math.floor(header.seconds / ERA_SECONDS);
      const block = enter(header, packetEra, at);
      if (block < 0) return 0;
      const behind = putPacket(
        view,
        block,
        number,
        header,
        end - start,
        header.seconds - packetEra * ERA_SECONDS,
      );
      target.set(bytes.subarray(start, end), behind - bodyBehind(end - start));
      return behind - at;
    },
  };
}

/** How far behind the beginning of a packet's bytes its block ends. */
const bodyBehind = (captured: number): number => padded(captured) + 4;
const padded = (length: number): number => (length + 3) & ~3;

function putSection(view: DataView, at: number): number {
  const end = putFrame(view, at, SECTION_HEADER, SECTION_BYTES);
  view.setUint32(at + 8, BYTE_ORDER, true);
  view.setUint16(at + 12, 1, true);
  view.setUint16(at + 14, 0, true);
  // Of a length that nobody knows yet.
  view.setUint32(at + 16, 0xffff_ffff, true);
  view.setUint32(at + 20, 0xffff_ffff, true);
  return end;
}

function putInterface(
  view: DataView,
  at: number,
  linkType: number,
  checkSequenceBits: number | null,
  offsetSeconds: number,
): number {
  const total = checkSequenceBits === null ? INTERFACE_BYTES - 8 : INTERFACE_BYTES;
  const end = putFrame(view, at, INTERFACE, total);
  view.setUint16(at + 8, linkType, true);
  view.setUint16(at + 10, 0, true);
  view.setUint32(at + 12, 0, true);
  putOption(view, at + 16, RESOLUTION, 1, NANOSECONDS);
  view.setUint32(at + 24, (8 << 16) | OFFSET, true);
  view.setBigInt64(at + 28, BigInt(offsetSeconds), true);
  if (checkSequenceBits !== null) putOption(view, at + 36, CHECK_SEQUENCE, 1, checkSequenceBits);
  view.setUint32(end - 8, 0, true);
  return end;
}

/** An option whose value of `length` bytes, 4 at most, is a number. */
function putOption(view: DataView, at: number, code: number, length: number, value: number): void {
  view.setUint16(at, code, true);
  view.setUint16(at + 2, length, true);
  view.setUint32(at + 4, value, true);
}

function putPacket(
  view: DataView,
  at: number,
  number: number,
  header: RecordHeader,
  captured: number,
  seconds: number,
): number {
  const end = putFrame(view, at, PACKET, PACKET_BYTES + padded(captured));
  // seconds * 10^9 + nanoseconds in two halves, each exact: 10^9 is 2^9 times 1953125.
  const high = Math.floor(seconds / 2 ** 17) * 1_953_125;
  const low = (seconds % 2 ** 17) * 1_000_000_000 + header.nanoseconds;
  const carried = (high % 2 ** 6) * 2 ** 26 + low;
  view.setUint32(at + 8, number, true);
  view.setUint32(at + 12, Math.floor(high / 2 ** 6) + Math.floor(carried / 2 ** 32), true);
  view.setUint32(at + 16, carried % 2 ** 32, true);
  view.setUint32(at + 20, captured, true);
  view.setUint32(at + 24, header.wireLength, true);
  // Memory that is used again holds older bytes: padding must not tell them.
  if (captured % 4 !== 0) view.setUint32(end - 8, 0, true);
  return end;
}

/** Type and both lengths of a block; answers where it ends. */
function putFrame(view: DataView, at: number, type: number, total: number): number {
  view.setUint32(at, type, true);
  view.setUint32(at + 4, total, true);
  view.setUint32(at + total - 4, total, true);
  return at + total;
}
