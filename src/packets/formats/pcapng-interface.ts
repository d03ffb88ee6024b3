import { u16, u16le, u32, u32le } from '../bytes.ts';
import { areOptionsSound, optionAt } from './pcapng-options.ts';
import type { CaptureInterface, RecordHeader } from './record.ts';

/** One interface of a section, as its description block says. */
export interface Interface {
  described: CaptureInterface;
  /** Time stamps count units of this many per second, from `offsetSeconds` on. */
  unitsPerSecond: bigint;
  /** The same as a number where seconds and nanoseconds can be told with it exactly, else 0. */
  exactUnits: number;
  offsetSeconds: number;
  /** What the last statistics block of the interface counted as lost. */
  dropped: number;
}

const RESOLUTION = 9;
const CHECK_SEQUENCE = 13;
const OFFSET = 14;
const MICROSECONDS = 1_000_000n;
/** Powers of ten up to this one divide a second into whole nanoseconds. */
const NANOSECONDS = 1_000_000_000;

/** Reads an interface description block, the file's `number`th, from `at` to its closing length at `end`. */
export function readInterface(
  bytes: Uint8Array,
  at: number,
  end: number,
  little: boolean,
  number: number,
): Interface | null {
  if (!areOptionsSound(bytes, at + 16, end, little)) return null;
  const resolution = optionAt(bytes, at + 16, end, little, RESOLUTION, 1);
  const offset = optionAt(bytes, at + 16, end, little, OFFSET, 8);
  const unitsPerSecond = resolution < 0 ? MICROSECONDS : unitsOf(bytes[resolution] ?? 6);
  if (unitsPerSecond === null) return null;
  const checkSequence = optionAt(bytes, at + 16, end, little, CHECK_SEQUENCE, 1);
  const units = Number(unitsPerSecond);
  return {
    described: {
      number,
      linkType: little ? u16le(bytes, at + 8) : u16(bytes, at + 8),
      snapLength: little ? u32le(bytes, at + 12) : u32(bytes, at + 12),
      checkSequenceBits: checkSequence < 0 ? null : (bytes[checkSequence] ?? 0),
    },
    unitsPerSecond,
    exactUnits: NANOSECONDS % units === 0 ? units : 0,
    offsetSeconds: offset < 0 ? 0 : secondsAt(bytes, offset, little),
    dropped: 0,
  };
}

/** Turns a time stamp of any resolution into the seconds and nanoseconds of the header. */
export function setTime(header: RecordHeader, high: number, low: number, from: Interface): void {
  const { exactUnits: units } = from;
  if (units === 0) {
    const exact = (BigInt(high) << 32n) | BigInt(low);
    header.seconds = Number(exact / from.unitsPerSecond) + from.offsetSeconds;
    header.nanoseconds = Number(((exact % from.unitsPerSecond) * 1_000_000_000n) / from.unitsPerSecond);
    return;
  }
  // Division of 64 bits by hand, 16 bits at a time behind the first 32: no step leaves the exact integers.
  const first = Math.floor(high / units);
  const upper = (high - first * units) * 65_536 + (low >>> 16);
  const second = Math.floor(upper / units);
  const lower = (upper - second * units) * 65_536 + (low & 0xffff);
  const third = Math.floor(lower / units);
  header.seconds = first * 2 ** 32 + second * 65_536 + third + from.offsetSeconds;
  header.nanoseconds = (lower - third * units) * (NANOSECONDS / units);
}

/** The high bit says: a power of 2, else of 10. Wireshark too refuses what 64 bits cannot count. */
function unitsOf(resolution: number): bigint | null {
  const power = BigInt(resolution & 0x7f);
  if ((resolution & 0x80) !== 0) return power > 63n ? null : 2n ** power;
  return power > 19n ? null : 10n ** power;
}

function secondsAt(bytes: Uint8Array, at: number, little: boolean): number {
  const high = little ? u32le(bytes, at + 4) : u32(bytes, at);
  const low = little ? u32le(bytes, at) : u32(bytes, at + 4);
  return (high | 0) * 2 ** 32 + low;
}
