import { createCount, LARGEST_PACKET, type RecordReader } from './record-reader.ts';

/** Bytes of the header of a classic pcap file, and of each of its records. */
export const PCAP_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

export interface PcapHeader {
  little: boolean;
  nanoseconds: boolean;
  /** What two files must share to be put behind one header: byte order, resolution, version, link type. */
  signature: string;
  snapLength: number;
}

/** The header of a classic pcap file of version 2.4, or null. */
export function readPcapHeader(bytes: Buffer): PcapHeader | null {
  if (bytes.length < PCAP_HEADER_BYTES) {
    return null;
  }
  const magic = bytes.toString('hex', 0, 4);
  const form = MAGICS.get(magic);
  if (form === undefined) {
    return null;
  }
  const u16 = (at: number): number => (form.little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number): number => (form.little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  if (u16(4) !== 2 || u16(6) !== 4) {
    return null;
  }
  const snapLength = u32(16);
  return {
    ...form,
    signature: `pcap ${magic} ${u32(20)}`,
    snapLength: snapLength === 0 || snapLength > LARGEST_PACKET ? LARGEST_PACKET : snapLength,
  };
}

/** The same header with another snap length. */
export function withSnapLength(header: Buffer, { little }: PcapHeader, snapLength: number): Buffer {
  const changed = Buffer.from(header);
  if (little) {
    changed.writeUInt32LE(snapLength, 16);
  } else {
    changed.writeUInt32BE(snapLength, 16);
  }
  return changed;
}

export function createPcapReader({ little, nanoseconds }: PcapHeader): RecordReader {
  const u32 = (buffer: Buffer, at: number): number =>
    little ? buffer.readUInt32LE(at) : buffer.readUInt32BE(at);
  const count = createCount();
  return {
    next: (buffer, at) => {
      if (buffer.length - at < RECORD_HEADER_BYTES) {
        return { needs: RECORD_HEADER_BYTES };
      }
      const captured = u32(buffer, at + 8);
      if (captured > LARGEST_PACKET) {
        return null;
      }
      const length = RECORD_HEADER_BYTES + captured;
      if (buffer.length - at < length) {
        return { needs: length };
      }
      count.add(u32(buffer, at) * 1000 + u32(buffer, at + 4) / (nanoseconds ? 1e6 : 1e3));
      return length;
    },
    seen: count.seen,
  };
}

const MAGICS = new Map([
  ['d4c3b2a1', { little: true, nanoseconds: false }],
  ['a1b2c3d4', { little: false, nanoseconds: false }],
  ['4d3cb2a1', { little: true, nanoseconds: true }],
  ['a1b23c4d', { little: false, nanoseconds: true }],
]);
