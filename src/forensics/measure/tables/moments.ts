import type { Packet } from '../packet.ts';

/** When each frame of a small capture was recorded; a large one has an index, which knows it. */
export interface Moments {
  /** Seconds since 1970, to the millisecond; null where there is no such frame, or no room was left for it. */
  timeOf: (frame: number) => number | null;
}

/** 8 MB; files that are read whole by tshark have fewer, unless they are nothing but headers. */
const MAX_FRAMES = 1_000_000;
const FIRST_ROOM = 4_096;
/** What a time since 1970 in floating point may lack of its millisecond. */
const SHORT_OF = 5e-4;

export function createMoments() {
  let times = new Float64Array(0);
  return {
    add({ frame, at }: Packet): void {
      if (frame > MAX_FRAMES) return;
      if (frame > times.length) {
        const larger = new Float64Array(Math.min(Math.max(frame, FIRST_ROOM, 2 * times.length), MAX_FRAMES));
        larger.fill(Number.NaN);
        larger.set(times);
        times = larger;
      }
      times[frame - 1] = Math.floor(at * 1000 + SHORT_OF) / 1000;
    },
    finish: (): Moments => ({
      timeOf: (frame) => {
        const at = times[frame - 1];
        return at === undefined || Number.isNaN(at) ? null : at;
      },
    }),
  };
}
