import { u16, u16le, u32, u32le } from '../bytes.ts';
import { LARGEST_PACKET } from './record.ts';

/** How a pcap file writes its records. */
export interface PcapForm {
  little: boolean;
  /** Nanoseconds that one unit of the second time word stands for. */
  unit: number;
  headerBytes: number;
  /**
   * Bytes in front of a packet. Where several are possible, the first records tell which: see `chooseRecordBytes`.
   */
  recordBytes: readonly number[];
  /** Which of the two length words comes first; before version 2.3 it was the length on the wire. */
  lengths: 'captured first' | 'wire first' | 'smaller is captured';
  linkType: number;
  snapLength: number;
  checkSequenceBits: number | null;
}

const STANDARD = 0xa1b2c3d4;
const MODIFIED = 0xa1b2cd34;
/** Whole file header; the first 4 bytes tell whether there is one. */
export const PCAP_HEADER_BYTES = 24;
/** The ordinary record header; with interface, protocol and packet type (Kuznetzov's patches); with more; Nokia's. */
const ORDINARY = 16;
const KUZNETZOV = 24;
const KUZNETZOV_SMP = 28;
const NOKIA = 20;

/** Files by their magic number: unit of time, bytes of the file header, and of the record headers that come with it. */
const MAGICS = new Map<number, [unit: number, headerBytes: number, recordBytes: readonly number[]]>([
  [STANDARD, [1000, PCAP_HEADER_BYTES, [ORDINARY, KUZNETZOV, NOKIA]]],
  [MODIFIED, [1000, PCAP_HEADER_BYTES, [KUZNETZOV, KUZNETZOV_SMP]]],
  [0xa1b23c4d, [1, PCAP_HEADER_BYTES, [ORDINARY]]],
  // Ixia's hardware and software captures have one word more.
  [0x1c0001ac, [1, PCAP_HEADER_BYTES + 4, [ORDINARY]]],
  [0x1c0001ab, [1000, PCAP_HEADER_BYTES + 4, [ORDINARY]]],
]);

/** Numbers of interface types that AIX writes in place of link types. */
const AIX_LINK_TYPES = new Map([
  [6, 1],
  [9, 6],
  [15, 10],
  [24, 0],
]);

/** Whether the first 4 bytes are those of a pcap file, of any variant. */
export const isPcap = (bytes: Uint8Array, at: number): boolean =>
  MAGICS.has(u32(bytes, at)) || MAGICS.has(u32le(bytes, at));

/** What the file header says, which must be there whole; null where its version is older than 2.0. */
export function readPcapHeader(bytes: Uint8Array, at: number): PcapForm | null {
  const little = !MAGICS.has(u32(bytes, at));
  const word = little ? u32le : u32;
  const half = little ? u16le : u16;
  const magic = word(bytes, at);
  const [unit, headerBytes, recordBytes] = MAGICS.get(magic) ?? [1000, PCAP_HEADER_BYTES, [ORDINARY]];
  const [major, minor] = [half(bytes, at + 4), half(bytes, at + 6)];
  if (major < 2) return null;
  const network = word(bytes, at + 20);
  const isOld = (major === 2 && minor < 4) || major === 543;
  const aix = magic === STANDARD && major === 2 && minor === 2 ? AIX_LINK_TYPES.get(network) : undefined;
  return {
    little,
    unit: aix === undefined ? unit : 1,
    headerBytes,
    recordBytes: isOld && magic === STANDARD ? [ORDINARY] : recordBytes,
    lengths: !isOld ? 'captured first' : major === 2 && minor === 3 ? 'smaller is captured' : 'wire first',
    // The upper bits tell the length of a frame check sequence, not the link type.
    linkType: aix ?? network & 0xffff,
    snapLength: word(bytes, at + 16),
    checkSequenceBits: (network & 0x0400_0000) === 0 ? null : (network >>> 28) * 16,
  };
}

const RECORDS_TRIED = 3;

/**
 * Chooses among the record headers that a file can have by what the first three records look like with each, as Wireshark
 * does: the one with the fewest oddities, of equals the first. Minus the bytes that must be seen from `at` on; with
 * `isEnd` nothing comes behind `end`, and the choice is made.
 */
export function chooseRecordBytes(
  form: PcapForm,
  bytes: Uint8Array,
  at: number,
  end: number,
  isEnd: boolean,
): number {
  let best = form.recordBytes[0] ?? ORDINARY;
  let fewest = Infinity;
  for (const recordBytes of form.recordBytes) {
    const odd = oddities(form, recordBytes, bytes, at, end, isEnd);
    if (odd < 0) return odd;
    if (odd < fewest) [best, fewest] = [recordBytes, odd];
    if (odd === 0) break;
  }
  return best;
}

function oddities(
  form: PcapForm,
  recordBytes: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  isEnd: boolean,
): number {
  const word = form.little ? u32le : u32;
  let odd = 0;
  let at = start;
  for (let record = 0; record < RECORDS_TRIED; record += 1) {
    if (isEnd && at === end) return odd;
    if (end - at < recordBytes) return isEnd ? odd + 1 : -(at - start + recordBytes);
    const captured = word(bytes, at + 8);
    const wire = word(bytes, at + 12);
    odd += Number(word(bytes, at + 4) >= 1_000_000) + Number(captured > form.snapLength);
    odd += Number(wire > 128 * 1024 * 1024) + Number(captured > wire);
    odd += oddExtra(form, recordBytes, bytes, at + ORDINARY);
    if (captured > LARGEST_PACKET) return odd + 1;
    at += recordBytes + captured;
    if (at > end) return isEnd ? odd + 1 : -(at - start);
  }
  return odd;
}

/** Oddities of what a variant's record header has behind the ordinary one. */
function oddExtra(form: PcapForm, recordBytes: number, bytes: Uint8Array, at: number): number {
  if (recordBytes === ORDINARY) return 0;
  const first = form.little ? u32le(bytes, at) : u32(bytes, at);
  // Values seen in Nokia's files: 0x[9b]fbf[bd][69]0[12].
  if (recordBytes === NOKIA) return Number(!/^[9b]fbf[bd][69]0[12]$/.test(first.toString(16)));
  const protocol = form.little ? u16le(bytes, at + 4) : u16(bytes, at + 4);
  // EtherTypes, and numbers that Linux uses in their place.
  const isProtocol = protocol >= 0x0600 || protocol <= 0x17 || [0x60, 0x200, 0x400].includes(protocol);
  return Number(first > 10_000) + Number(!isProtocol) + Number((bytes[at + 6] ?? 0) > 4);
}
