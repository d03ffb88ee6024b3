export type CaptureFormat = 'pcap' | 'pcapng';

/** Where frames are put together. */
export interface Desk {
  readonly bytes: Uint8Array;
  /** Lays a frame of these headers and this payload down; answers where in `bytes` it begins. */
  frame(headers: Uint8Array, payload: Uint8Array, from: number, length: number): number;
}

/** The capture file under way: frames become records of it, at the time that `now` says. */
export interface Wire extends Desk {
  /** Microseconds from the beginning of the capture. */
  now: number;
  packets(): number;
  wireBytes(): number;
  fileBytes(): number;
  /** What was written since the last time, a copy; null while that is less than `least` bytes. */
  take(least: number): Uint8Array | null;
}

const CHUNK = 1 << 20;
const LARGEST_RECORD = 70_000;
const LARGEST_SCRATCH = 6_000;
const SNAP_LENGTH = 262_144;
const ETHERNET = 1;

/** A capture file of one Ethernet interface with times in microseconds. */
export function createWire(format: CaptureFormat, startSeconds: number): Wire {
  const bytes = new Uint8Array(CHUNK + LARGEST_RECORD);
  const view = new DataView(bytes.buffer);
  const begin = format === 'pcap' ? beginPcapRecord : beginPcapngBlock;
  let used = format === 'pcap' ? pcapHeader(view) : pcapngHeader(view);
  let taken = 0;
  let packets = 0;
  let wireBytes = 0;
  const wire: Wire = {
    now: 0,
    bytes,
    frame(headers, payload, from, length) {
      const total = headers.length + length;
      const at = begin(view, used, total, startSeconds * 1e6 + wire.now);
      bytes.set(headers, at);
      copy(payload, from, bytes, at + headers.length, length);
      used = format === 'pcap' ? at + total : endPcapngBlock(view, used, at + total);
      packets += 1;
      wireBytes += total;
      return at;
    },
    packets: () => packets,
    wireBytes: () => wireBytes,
    fileBytes: () => taken + used,
    take(least) {
      if (used === 0 || used < Math.min(least, CHUNK)) return null;
      const chunk = bytes.slice(0, used);
      taken += used;
      used = 0;
      return chunk;
    },
  };
  return wire;
}

/** A place for one frame at a time that goes into no file: the inner packet of a tunnel, or the whole of fragments. */
export function createScratch(): Desk {
  const bytes = new Uint8Array(LARGEST_SCRATCH);
  return {
    bytes,
    frame(headers, payload, from, length) {
      bytes.set(headers, 0);
      copy(payload, from, bytes, headers.length, length);
      return 0;
    },
  };
}

function copy(source: Uint8Array, from: number, target: Uint8Array, to: number, length: number): void {
  if (length > 0) target.set(source.subarray(from, from + length), to);
}

function pcapHeader(view: DataView): number {
  const words = [0xa1b2c3d4, 0x0004_0002, 0, 0, SNAP_LENGTH, ETHERNET];
  for (const [index, word] of words.entries()) view.setUint32(index * 4, word, true);
  return 24;
}

function beginPcapRecord(view: DataView, at: number, length: number, microseconds: number): number {
  view.setUint32(at, Math.floor(microseconds / 1e6), true);
  view.setUint32(at + 4, microseconds % 1e6, true);
  view.setUint32(at + 8, length, true);
  view.setUint32(at + 12, length, true);
  return at + 16;
}

/** A section header, and an interface description without options: times are in microseconds then. */
function pcapngHeader(view: DataView): number {
  const section = [0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28];
  const description = [1, 20, ETHERNET, SNAP_LENGTH, 20];
  for (const [index, word] of [...section, ...description].entries()) view.setUint32(index * 4, word, true);
  return 48;
}

function beginPcapngBlock(view: DataView, at: number, length: number, microseconds: number): number {
  view.setUint32(at, 6, true);
  view.setUint32(at + 8, 0, true);
  view.setUint32(at + 12, Math.floor(microseconds / 2 ** 32), true);
  view.setUint32(at + 16, microseconds >>> 0, true);
  view.setUint32(at + 20, length, true);
  view.setUint32(at + 24, length, true);
  return at + 28;
}

function endPcapngBlock(view: DataView, start: number, end: number): number {
  let at = end;
  while ((at - start) % 4 !== 0) view.setUint8(at++, 0);
  const length = at + 4 - start;
  view.setUint32(at, length, true);
  view.setUint32(start + 4, length, true);
  return at + 4;
}
