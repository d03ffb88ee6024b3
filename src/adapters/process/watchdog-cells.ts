/** What the watchdog's thread is told. */
export interface Orders {
  cells: Int32Array;
  tickMs: number;
  stallMs: number;
}

/** Cells that both threads share: the beats of the one that is watched, and a word to stop. */
export const BEATS = 0;
export const STOP = 1;
