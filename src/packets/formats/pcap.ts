import { u16, u16le, u32, u32le } from '../bytes.ts';
import {
  LARGEST_PACKET,
  newRecordHeader,
  type CaptureInterface,
  type Damage,
  type Recorder,
  type OnPacket,
  type RecordHeader,
  type RecordWalker,
} from './record.ts';

export const PCAP_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const NANOSECONDS = 1_000_000_000;

interface Form {
  little: boolean;
  /** Nanoseconds that one unit of the second time word stands for. */
  unit: number;
}

const FORMS = new Map<number, Form>([
  [0xa1b2c3d4, { little: false, unit: 1000 }],
  [0xd4c3b2a1, { little: true, unit: 1000 }],
  [0xa1b23c4d, { little: false, unit: 1 }],
  [0x4d3cb2a1, { little: true, unit: 1 }],
]);

/** The variant of a patched libpcap whose records are 8 bytes longer; known by its magic, and not read. */
const MODIFIED = new Set([0xa1b2cd34, 0x34cdb2a1]);

/** How the first 4 bytes say that the file is pcap: read, known but not read, or something else. */
export function pcapVariant(bytes: Uint8Array, at: number): 'pcap' | 'modified' | null {
  const magic = u32(bytes, at);
  if (FORMS.has(magic)) return 'pcap';
  return MODIFIED.has(magic) ? 'modified' : null;
}

/** Walks a classic pcap file of version 2, microseconds or nanoseconds, either byte order. */
export function createPcapWalker(onPacket: OnPacket): RecordWalker {
  let header = newRecordHeader();
  let form: Form | null = null;
  let damage: Damage | null = null;

  const open = (bytes: Uint8Array, at: number, end: number): number => {
    if (end - at < PCAP_HEADER_BYTES) return -PCAP_HEADER_BYTES;
    const found = FORMS.get(u32(bytes, at));
    const version = found?.little === true ? u16le(bytes, at + 4) : u16(bytes, at + 4);
    if (found === undefined || version !== 2) {
      damage = 'not a capture';
      return 0;
    }
    form = found;
    header = newRecordHeader(interfaceOf(bytes, at, found.little));
    return PCAP_HEADER_BYTES;
  };

  return {
    next: (bytes, at, end, offset) => {
      if (form === null) return open(bytes, at, end);
      if (end - at < RECORD_HEADER_BYTES) return -RECORD_HEADER_BYTES;
      const { little, unit } = form;
      const captured = little ? u32le(bytes, at + 8) : u32(bytes, at + 8);
      if (captured > LARGEST_PACKET) {
        damage = 'damaged record';
        return 0;
      }
      const length = RECORD_HEADER_BYTES + captured;
      if (end - at < length) return -length;
      header.number += 1;
      header.offset = offset;
      header.recordLength = length;
      header.seconds = little ? u32le(bytes, at) : u32(bytes, at);
      const fraction = (little ? u32le(bytes, at + 4) : u32(bytes, at + 4)) * unit;
      if (fraction < NANOSECONDS) header.nanoseconds = fraction;
      else carrySeconds(header, fraction);
      header.wireLength = little ? u32le(bytes, at + 12) : u32(bytes, at + 12);
      onPacket(bytes, at + RECORD_HEADER_BYTES, at + length, header);
      return length;
    },
    damage: () => damage,
    linkTypes: () => (form === null ? [] : [header.linkType]),
    dropped: () => null,
    recording: () => ({ application: null, recorders: form === null ? [] : [recorderOf(header)] }),
  };
}

/** The upper bits of the word tell the length of a frame check sequence, not the link type. */
function interfaceOf(bytes: Uint8Array, at: number, little: boolean): CaptureInterface {
  const network = little ? u32le(bytes, at + 20) : u32(bytes, at + 20);
  return {
    number: 0,
    linkType: network & 0xffff,
    snapLength: little ? u32le(bytes, at + 16) : u32(bytes, at + 16),
    checkSequenceBits: (network & 0x0400_0000) === 0 ? null : (network >>> 28) * 16,
  };
}

/** A broken writer's fraction of a second can exceed a second. */
function carrySeconds(header: RecordHeader, fraction: number): void {
  header.seconds += Math.floor(fraction / NANOSECONDS);
  header.nanoseconds = fraction % NANOSECONDS;
}

const recorderOf = ({ from: { linkType, snapLength } }: RecordHeader): Recorder => ({
  linkType,
  snapLength,
  name: null,
  description: null,
  filter: null,
  operatingSystem: null,
  dropped: null,
});
