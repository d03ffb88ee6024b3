import { u16, u16le, u32, u32le } from '../bytes.ts';
import { readInterface, setTime, type Interface } from './pcapng-interface.ts';
import { areOptionsSound, optionAt } from './pcapng-options.ts';
import { applicationIn, recorderIn } from './pcapng-words.ts';
import {
  LARGEST_PACKET,
  LARGEST_RECORD,
  newRecordHeader,
  type Damage,
  type OnPacket,
  type Recorder,
  type RecordHeader,
  type RecordWalker,
} from './record.ts';

export const PCAPNG_MAGIC = 0x0a0d0d0a;

const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const STATISTICS = 5;
const PACKET = 6;
const JOURNAL = 9;
const CUSTOM = 0x0bad;
const SHORTEST_BLOCK = 12;
const DROPPED = 5;
/** Their number bounds what the walk remembers; real files have a handful. */
const MOST_INTERFACES = 4096;
const MOST_LINK_TYPES = 64;
const MOST_RECORDERS = 16;

/** Where what is no packet comes from: no interface, and a link type that no packet has. */
const NO_INTERFACE = {
  described: { number: -1, linkType: 0xffff, snapLength: 0, checkSequenceBits: null },
};

/** What the walk remembers, of the section under way and of the whole file. */
interface Walk {
  /** Byte order of the section; null before the first. */
  little: boolean | null;
  interfaces: Interface[];
  /** Interfaces described so far in the whole file. */
  described: number;
  linkTypes: number[];
  dropped: number | null;
  application: string | null;
  recorders: Recorder[];
  header: RecordHeader;
  onPacket: OnPacket;
}

/**
 * Walks a pcapng file: several sections, each with its own byte order and interfaces; packets in enhanced, simple and
 * old packet blocks. Blocks of other kinds are passed over; one that Wireshark would stop at ends the walk.
 */
export function createPcapngWalker(onPacket: OnPacket): RecordWalker {
  const walk: Walk = {
    little: null,
    interfaces: [],
    described: 0,
    linkTypes: [],
    dropped: null,
    application: null,
    recorders: [],
    header: newRecordHeader(),
    onPacket,
  };
  let damage: Damage | null = null;
  const refuse = (): number => {
    damage = 'damaged record';
    return 0;
  };
  return {
    next: (bytes, at, end, offset) => {
      if (end - at < SHORTEST_BLOCK) return -SHORTEST_BLOCK;
      // Only a section header may come first, and it alone says the byte order of what follows.
      if (u32(bytes, at) === PCAPNG_MAGIC) walk.little = byteOrder(u32(bytes, at + 8));
      if (walk.little === null) return refuse();
      // Some writers forget the padding in the length.
      const total = padded(word(walk, bytes, at + 4));
      if (total < SHORTEST_BLOCK || total > LARGEST_RECORD) return refuse();
      if (end - at < total) return -total;
      walk.header.offset = offset;
      walk.header.recordLength = total;
      const isClosed = padded(word(walk, bytes, at + total - 4)) === total;
      return isClosed && readBlock(walk, bytes, at, total) ? total : refuse();
    },
    damage: () => damage,
    linkTypes: () => walk.linkTypes,
    dropped: () => walk.dropped,
    recording: () => ({ application: walk.application, recorders: walk.recorders }),
  };
}

const padded = (length: number): number => length + ((4 - (length % 4)) % 4);

function byteOrder(magic: number): boolean | null {
  if (magic === 0x4d3c2b1a) return true;
  return magic === 0x1a2b3c4d ? false : null;
}

const word = ({ little }: Walk, bytes: Uint8Array, at: number): number =>
  little === true ? u32le(bytes, at) : u32(bytes, at);
const half = ({ little }: Walk, bytes: Uint8Array, at: number): number =>
  little === true ? u16le(bytes, at) : u16(bytes, at);

/** Reads a whole block; false where it is unsound. */
function readBlock(walk: Walk, bytes: Uint8Array, at: number, total: number): boolean {
  const type = word(walk, bytes, at);
  switch (type) {
    case PCAPNG_MAGIC:
      return beginSection(walk, bytes, at, total);
    case PACKET:
    case OLD_PACKET:
      return readPacket(walk, bytes, at, total, type);
    case SIMPLE_PACKET:
      return readSimplePacket(walk, bytes, at, total);
    case INTERFACE:
      return describeInterface(walk, bytes, at, total);
    case STATISTICS:
      return readStatistics(walk, bytes, at, total);
    case CUSTOM:
      return readOther(walk, bytes, at + 12, at + total - 4);
    case JOURNAL:
      return readOther(walk, bytes, at + 8, at + total - 4);
    default:
      return true;
  }
}

function beginSection(walk: Walk, bytes: Uint8Array, at: number, total: number): boolean {
  walk.interfaces = [];
  walk.application ??= applicationIn(bytes, at, at + total - 4, walk.little === true);
  const minor = half(walk, bytes, at + 14);
  return total >= 28 && half(walk, bytes, at + 12) === 1 && (minor === 0 || minor === 2);
}

function describeInterface(walk: Walk, bytes: Uint8Array, at: number, total: number): boolean {
  if (walk.interfaces.length >= MOST_INTERFACES || total < 20) return false;
  const described = readInterface(bytes, at, at + total - 4, walk.little === true, walk.described);
  if (described === null) return false;
  walk.interfaces.push(described);
  walk.described += 1;
  if (walk.recorders.length < MOST_RECORDERS)
    walk.recorders.push(recorderIn(bytes, at, at + total - 4, walk.little === true, described));
  const { linkType } = described.described;
  if (!walk.linkTypes.includes(linkType) && walk.linkTypes.length < MOST_LINK_TYPES)
    walk.linkTypes.push(linkType);
  return true;
}

function readPacket(walk: Walk, bytes: Uint8Array, at: number, total: number, type: number): boolean {
  if (total < 32) return false;
  const behind = at + total - 4;
  const from = walk.interfaces[type === PACKET ? word(walk, bytes, at + 8) : half(walk, bytes, at + 8)];
  const captured = word(walk, bytes, at + 20);
  if (from === undefined || captured > LARGEST_PACKET || captured > total - 32) return false;
  if (!areOptionsSound(bytes, at + 28 + padded(captured), behind, walk.little === true)) return false;
  setTime(walk.header, word(walk, bytes, at + 12), word(walk, bytes, at + 16), from);
  hand(walk, bytes, at + 28, captured, word(walk, bytes, at + 24), from);
  return true;
}

/**
 * A simple packet block belongs to the first interface, whose snap length alone tells its size. It has no time: that of
 * the packet before stands for it.
 */
function readSimplePacket(walk: Walk, bytes: Uint8Array, at: number, total: number): boolean {
  const from = walk.interfaces[0];
  if (from === undefined || total < 16) return false;
  const wire = word(walk, bytes, at + 8);
  const captured = Math.min(wire, from.described.snapLength || LARGEST_PACKET);
  if (captured > total - 16 || captured > LARGEST_PACKET) return false;
  hand(walk, bytes, at + 12, captured, wire, from);
  return true;
}

/**
 * A custom block or an entry of a system's journal is no packet, but Wireshark counts it as a frame: so it is handed over,
 * of a link type that is none, with the time of the packet before.
 */
function readOther(walk: Walk, bytes: Uint8Array, start: number, end: number): boolean {
  if (start > end || end - start > LARGEST_PACKET) return false;
  hand(walk, bytes, start, end - start, end - start, NO_INTERFACE);
  return true;
}

function hand(
  walk: Walk,
  bytes: Uint8Array,
  start: number,
  captured: number,
  wireLength: number,
  { described }: Pick<Interface, 'described'>,
): void {
  const { header } = walk;
  header.number += 1;
  header.wireLength = wireLength;
  header.linkType = described.linkType;
  header.from = described;
  walk.onPacket(bytes, start, start + captured, header);
}

function readStatistics(walk: Walk, bytes: Uint8Array, at: number, total: number): boolean {
  if (total < 24 || !areOptionsSound(bytes, at + 20, at + total - 4, walk.little === true)) return false;
  const from = walk.interfaces[word(walk, bytes, at + 8)];
  if (from === undefined) return true;
  const option = optionAt(bytes, at + 20, at + total - 4, walk.little === true, DROPPED, 8);
  if (option < 0) return true;
  const [low, high] = walk.little === true ? [option, option + 4] : [option + 4, option];
  const count = word(walk, bytes, high) * 2 ** 32 + word(walk, bytes, low);
  // Each statistics block counts from the beginning of the capture.
  walk.dropped = (walk.dropped ?? 0) + Math.max(count - from.dropped, 0);
  from.dropped = Math.max(from.dropped, count);
  const recorder = walk.recorders[from.described.number];
  if (recorder !== undefined) recorder.dropped = from.dropped;
  return true;
}
