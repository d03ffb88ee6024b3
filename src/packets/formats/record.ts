/** Wireshark reads neither longer packets nor longer blocks, and stops where one claims to be. */
export const LARGEST_PACKET = 262_144;
export const LARGEST_RECORD = 16 * 1024 * 1024;

/** Why the reading of a file ended before the end of the file. */
export type Damage = 'not a capture' | 'unsupported variant' | 'cut short' | 'damaged record';

/** Where packets of a file were recorded; a classic pcap file has one. Never changed once it was handed out. */
export interface CaptureInterface {
  /** From 0, in the order in which the whole file describes them. */
  number: number;
  /** LINKTYPE_ number. */
  linkType: number;
  /** Most bytes recorded of a packet, 0 where the file sets no limit. */
  snapLength: number;
  /** Bits of frame check sequence behind each packet's bytes, null where the file does not tell. */
  checkSequenceBits: number | null;
}

/** What the file says about an interface in words, and of what it lost. */
export interface Recorder {
  /** LINKTYPE_ number. */
  linkType: number;
  /** Most bytes recorded of a packet, 0 where the file sets no limit. */
  snapLength: number;
  name: string | null;
  description: string | null;
  /** The capture filter, where it is told as text. */
  filter: string | null;
  operatingSystem: string | null;
  /** Packets lost by the capturing side; null where the file does not say. */
  dropped: number | null;
}

/** Who wrote the file, and where its packets were recorded: at most 16 of the interfaces. */
export interface Recording {
  application: string | null;
  recorders: readonly Recorder[];
}

/** What the file says about one packet beside its bytes. One object is reused for all packets. */
export interface RecordHeader {
  /** From 1, in file order. */
  number: number;
  /** Where its record begins in the file (of a compressed file: in what it unpacks to), exact up to 2^53. */
  offset: number;
  /** Bytes of the whole record, with its header and the packet's bytes. */
  recordLength: number;
  /** Time: whole seconds since 1970, and nanoseconds. */
  seconds: number;
  nanoseconds: number;
  /** Length on the wire. */
  wireLength: number;
  /** LINKTYPE_ number of the interface. */
  linkType: number;
  from: CaptureInterface;
}

/** Hears every packet: its captured bytes are `bytes` from `start` to `end`, valid during the call only. */
export type OnPacket = (bytes: Uint8Array, start: number, end: number, header: RecordHeader) => void;

/**
 * Walks the records of one file. `next` looks at the record that begins at `at`, which is `offset` in the file, and
 * answers its length, which was taken (at least 8); or minus the bytes that it must see from `at` on; or 0 where the walk
 * is over, and `damage` says why. With `isEnd` the file ends at `end`.
 */
export interface RecordWalker {
  next(bytes: Uint8Array, at: number, end: number, offset: number, isEnd: boolean): number;
  damage(): Damage | null;
  /** LINKTYPE_ numbers seen, in order of appearance. */
  linkTypes(): readonly number[];
  /** Packets that the capturing side says it lost, null where the file does not say. */
  dropped(): number | null;
  recording(): Recording;
}

export const newRecordHeader = (from: CaptureInterface = NOWHERE): RecordHeader => ({
  number: 0,
  offset: 0,
  recordLength: 0,
  seconds: 0,
  nanoseconds: 0,
  wireLength: 0,
  linkType: from.linkType,
  from,
});

const NOWHERE: CaptureInterface = { number: 0, linkType: 0, snapLength: 0, checkSequenceBits: null };
