import { u32, u32le } from '../bytes.ts';
import { chooseRecordBytes, PCAP_HEADER_BYTES, readPcapHeader, type PcapForm } from './pcap-variant.ts';
import {
  LARGEST_PACKET,
  newRecordHeader,
  type Damage,
  type Recorder,
  type OnPacket,
  type RecordHeader,
  type RecordWalker,
} from './record.ts';

const NANOSECONDS = 1_000_000_000;

/** Walks a classic pcap file of any variant that Wireshark reads, in either byte order. */
export function createPcapWalker(onPacket: OnPacket): RecordWalker {
  let header = newRecordHeader();
  let opened: PcapForm | null = null;
  /** Bytes in front of each packet; 0 until that is known. */
  let recordBytes = 0;
  let damage: Damage | null = null;

  const open = (bytes: Uint8Array, at: number, end: number): number => {
    if (end - at < PCAP_HEADER_BYTES) return -PCAP_HEADER_BYTES;
    const found = readPcapHeader(bytes, at);
    if (found === null) {
      damage = 'unsupported variant';
      return 0;
    }
    if (end - at < found.headerBytes) return -found.headerBytes;
    opened = found;
    const { linkType, snapLength, checkSequenceBits, headerBytes } = found;
    header = newRecordHeader({ number: 0, linkType, snapLength, checkSequenceBits });
    return headerBytes;
  };
  const read = (form: PcapForm, bytes: Uint8Array, at: number, end: number, offset: number): number => {
    const { little, lengths } = form;
    if (end - at < recordBytes) return -recordBytes;
    let captured = little ? u32le(bytes, at + 8) : u32(bytes, at + 8);
    let wire = little ? u32le(bytes, at + 12) : u32(bytes, at + 12);
    if (lengths !== 'captured first' && (lengths === 'wire first' || captured > wire)) {
      const first = captured;
      captured = wire;
      wire = first;
    }
    if (captured > LARGEST_PACKET) {
      damage = 'damaged record';
      return 0;
    }
    const length = recordBytes + captured;
    if (end - at < length) return -length;
    header.number += 1;
    header.offset = offset;
    header.recordLength = length;
    header.wireLength = wire;
    setTime(header, form, bytes, at);
    onPacket(bytes, at + recordBytes, at + length, header);
    return length;
  };

  return {
    next: (bytes, at, end, offset, isEnd) => {
      if (opened === null) return open(bytes, at, end);
      if (recordBytes === 0) {
        const chosen = chooseRecordBytes(opened, bytes, at, end, isEnd);
        if (chosen < 0) return chosen;
        recordBytes = chosen;
      }
      return read(opened, bytes, at, end, offset);
    },
    damage: () => damage,
    linkTypes: () => (opened === null ? [] : [header.linkType]),
    dropped: () => null,
    recording: () => ({ application: null, recorders: opened === null ? [] : [recorderOf(header)] }),
  };
}

function setTime(header: RecordHeader, { little, unit }: PcapForm, bytes: Uint8Array, at: number): void {
  const seconds = little ? u32le(bytes, at) : u32(bytes, at);
  const fraction = (little ? u32le(bytes, at + 4) : u32(bytes, at + 4)) * unit;
  if (fraction < NANOSECONDS) {
    header.seconds = seconds;
    header.nanoseconds = fraction;
    return;
  }
  // A broken writer's fraction of a second can exceed a second.
  header.seconds = seconds + Math.floor(fraction / NANOSECONDS);
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
