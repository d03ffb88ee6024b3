import { createCount, LARGEST_PACKET, LARGEST_RECORD, type RecordReader } from './record-reader.ts';

export const PCAPNG_MAGIC = '0a0d0d0a';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const STATISTICS = 5;
const SECRETS = 10;
const PACKET = 6;
/** Their number bounds what the walk remembers; real files have a handful. */
const MOST_INTERFACES = 4096;

interface Interface {
  unitsPerSecond: number;
  offsetSeconds: number;
  snapLength: number;
}

/** The section under way: its byte order and interfaces; null before the first. */
interface Section {
  little: boolean;
  interfaces: Interface[];
}

export interface PcapngReader extends RecordReader {
  /** Where the last section begins, counted from the first record. */
  lastSection(): { at: number; little: boolean } | null;
}

/** Walks whole blocks; a block that would end Wireshark's reading, or refer to nothing, ends the walk. */
export function createPcapngReader(): PcapngReader {
  const count = createCount();
  let section: Section | null = null;
  let position = 0;
  let sectionAt = 0;
  return {
    next: (buffer, at) => {
      if (buffer.length - at < 12) {
        return { needs: 12 };
      }
      const little = byteOrder(buffer, at, section);
      if (little === null) {
        return null;
      }
      const total = u32(buffer, at + 4, little);
      if (total < 12 || total % 4 !== 0 || total > LARGEST_RECORD) {
        return null;
      }
      if (buffer.length - at < total) {
        return { needs: total };
      }
      const block = buffer.subarray(at, at + total);
      const isClosed = u32(block, total - 4, little) === total;
      const after = isClosed ? readBlock(block, little, section, count.add) : null;
      if (after === null) {
        return null;
      }
      if (after !== section) {
        sectionAt = position;
      }
      section = after;
      position += total;
      return total;
    },
    seen: count.seen,
    lastSection: () => (section === null ? null : { at: sectionAt, little: section.little }),
  };
}

/** Only a section header may come first, and it alone says the byte order of what follows. */
function byteOrder(buffer: Buffer, at: number, section: Section | null): boolean | null {
  if (buffer.readUInt32LE(at) !== SECTION) {
    return section?.little ?? null;
  }
  const magic = buffer.toString('hex', at + 8, at + 12);
  return magic === '4d3c2b1a' ? true : magic === '1a2b3c4d' ? false : null;
}

/** The section after a block, or null where the block is unsound; packets go to `packet`. */
function readBlock(
  block: Buffer,
  little: boolean,
  section: Section | null,
  packet: (ms: number | null) => void,
): Section | null {
  const type = u32(block, 0, little);
  if (type === SECTION) {
    return isSoundSection(block, little) ? { little, interfaces: [] } : null;
  }
  if (section === null) {
    return null;
  }
  const { interfaces } = section;
  switch (type) {
    case INTERFACE: {
      const described = interfaces.length < MOST_INTERFACES ? readInterface(block, little) : null;
      return described !== null && interfaces.push(described) > 0 ? section : null;
    }
    case PACKET:
    case OLD_PACKET: {
      const from = block.length < 32 ? undefined : interfaces[interfaceOf(block, type, little)];
      if (from === undefined || !isSoundPacket(block, little)) {
        return null;
      }
      packet(timeOf(block, little, from));
      return section;
    }
    case SIMPLE_PACKET:
      if (!isSoundSimplePacket(block, little, interfaces[0])) {
        return null;
      }
      packet(null);
      return section;
    case STATISTICS:
      return block.length >= 24 && u32(block, 8, little) < interfaces.length ? section : null;
    case SECRETS:
      return block.length >= 20 && u32(block, 12, little) <= block.length - 20 ? section : null;
    default:
      return section;
  }
}

function isSoundSection(block: Buffer, little: boolean): boolean {
  return (
    block.length >= 28 &&
    u16(block, 12, little) === 1 &&
    [0, 2].includes(u16(block, 14, little)) &&
    optionsIn(block, 24, little) !== null
  );
}

function readInterface(block: Buffer, little: boolean): Interface | null {
  const options = block.length < 20 ? null : optionsIn(block, 16, little);
  if (options === null) {
    return null;
  }
  const resolution = options.get(9)?.[0] ?? 6;
  const offset = options.get(14);
  const power = resolution & 0x7f;
  return {
    unitsPerSecond: (resolution & 0x80) === 0 ? 10 ** power : 2 ** power,
    offsetSeconds: offset?.length !== 8 ? 0 : Number(offsetOf(offset, little)),
    snapLength: u32(block, 12, little) || LARGEST_PACKET,
  };
}

const offsetOf = (value: Buffer, little: boolean): bigint =>
  little ? value.readBigInt64LE(0) : value.readBigInt64BE(0);

const interfaceOf = (block: Buffer, type: number, little: boolean): number =>
  type === PACKET ? u32(block, 8, little) : u16(block, 8, little);

function isSoundPacket(block: Buffer, little: boolean): boolean {
  const captured = u32(block, 20, little);
  const end = 28 + captured + ((4 - (captured % 4)) % 4);
  return captured <= LARGEST_PACKET && end + 4 <= block.length && optionsIn(block, end, little) !== null;
}

function isSoundSimplePacket(block: Buffer, little: boolean, from: Interface | undefined): boolean {
  return (
    from !== undefined &&
    block.length >= 16 &&
    Math.min(u32(block, 8, little), from.snapLength) <= Math.min(block.length - 16, LARGEST_PACKET)
  );
}

function timeOf(block: Buffer, little: boolean, { unitsPerSecond, offsetSeconds }: Interface): number {
  const units = u32(block, 12, little) * 2 ** 32 + u32(block, 16, little);
  return (units / unitsPerSecond + offsetSeconds) * 1000;
}

/** The options of a block from `start` to its closing length; null where one reaches beyond. */
function optionsIn(block: Buffer, start: number, little: boolean): Map<number, Buffer> | null {
  const options = new Map<number, Buffer>();
  const end = block.length - 4;
  for (let at = start; at + 4 <= end;) {
    const code = u16(block, at, little);
    const length = u16(block, at + 2, little);
    if (at + 4 + length > end) {
      return null;
    }
    if (code === 0) {
      return options;
    }
    options.set(code, block.subarray(at + 4, at + 4 + length));
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  return options;
}

const u16 = (bytes: Buffer, at: number, little: boolean): number =>
  little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
const u32 = (bytes: Buffer, at: number, little: boolean): number =>
  little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
