import type { OnProgress } from '../ports.ts';

/** Progress of a part, as progress of the whole. */
export function within(progress: OnProgress, from: number, to: number): OnProgress {
  return ({ fraction, message }) =>
    progress({ fraction: fraction === null ? null : from + fraction * (to - from), message });
}

/** Whole is what is over: nothing that is still under way says so. */
const LARGEST_UNDER_WAY = 0.99;

/** Progress that never goes back and is never whole, whoever tells it. */
export function steady(progress: OnProgress): OnProgress {
  let furthest = 0;
  return ({ fraction, message }) => {
    furthest = Math.max(furthest, Math.min(fraction ?? 0, LARGEST_UNDER_WAY));
    progress({ fraction: fraction === null ? null : furthest, message });
  };
}
