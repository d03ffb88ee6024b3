/** More bytes are needed before the record can be judged; the number says how many from its beginning. */
export interface NeedsMore {
  readonly needs: number;
}

/**
 * Walks the records of one capture file. Every length in the file is hostile: `next` never asks for more than
 * LARGEST_RECORD bytes, and what it accepts moves on by at least 8 bytes.
 */
export interface RecordReader {
  /**
   * The length of the whole record that begins at `at`, or what is needed to know it; null where no sound record
   * begins, which ends the walk.
   */
  next(buffer: Buffer, at: number): number | NeedsMore | null;
  /** Packets among the records accepted so far, and the times of the first and last in ms since 1970. */
  seen(): Seen;
}

export interface Seen {
  packets: number;
  firstMs: number | null;
  lastMs: number | null;
}

/** Wireshark reads neither longer packets nor longer blocks, and stops where one claims to be. */
export const LARGEST_PACKET = 262_144;
export const LARGEST_RECORD = 16 * 1024 * 1024;

/** Counts packets and keeps their first and last time; a time that no calendar holds counts as none. */
export function createCount() {
  const seen: Seen = { packets: 0, firstMs: null, lastMs: null };
  return {
    add: (ms: number | null): void => {
      const known = ms !== null && Math.abs(ms) <= LAST_DATE_MS ? ms : null;
      seen.firstMs = seen.packets === 0 ? known : seen.firstMs;
      seen.lastMs = known ?? seen.lastMs;
      seen.packets += 1;
    },
    seen: (): Seen => ({ ...seen }),
  };
}

const LAST_DATE_MS = 8.64e15;
