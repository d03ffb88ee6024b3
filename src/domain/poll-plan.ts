import type { CaptureReading } from './capture-plan.ts';
import { LONGEST_WAIT_MS } from './next-action.ts';

/** What is known of a session right after a look at it; times in milliseconds. */
export interface Watched {
  /** Spreads the looks of a fleet over time: the same name always waits alike. */
  name: string;
  status: CaptureReading['status'];
  /** Since the session was found to exist. */
  elapsedMs: number;
  /** How long it was asked to run. */
  durationMs: number;
  /** Sessions that this process watches, this one included. */
  fleet: number;
  /** The shortest pause, as the operator set it. */
  pollMs: number;
}

/** Of a fleet, between two looks that each cost a request: 15 of the 25 reads per second that ARM grants. */
const BURST_SHARE_MS = 67;
/** The same for sessions that run quietly, which are most of a fleet for most of the time. */
const QUIET_SHARE_MS = 125;

/**
 * How long until the next look, in milliseconds. Often until the session is seen to run, and from its expected end on;
 * in between seldom, and yet often enough that an end before its time is noticed within `noticeMs`. It depends on its
 * input alone: jitter comes from the name.
 */
export function pollPlan(watched: Watched): number {
  const { status, elapsedMs, durationMs, fleet, pollMs } = watched;
  const notice = noticeMs(watched);
  const burst = Math.min(Math.max(pollMs, fleet * BURST_SHARE_MS), notice);
  const remaining = durationMs - Math.max(elapsedMs, 0);
  if (status !== 'Running' || remaining <= 0) {
    return burst;
  }
  const share = shareOf(watched.name);
  // Every second quiet look may ask for no more than whether the capture is still there: hence less than half.
  const quiet = Math.max(notice * (0.32 + 0.08 * share), pollMs);
  // A large fleet whose sessions end together must not look together.
  const toEnd = remaining + share * (burst - pollMs);
  return toEnd <= Math.min(quiet * 1.5, notice) ? Math.max(toEnd, pollMs) : quiet;
}

/**
 * Within what time an end before its time is noticed, in milliseconds: four to twelve of the shortest pauses, more for
 * sessions of hours and for large fleets, but four minutes at most where the shortest pause is not longer than that.
 */
export function noticeMs({
  durationMs,
  fleet,
  pollMs,
}: Pick<Watched, 'durationMs' | 'fleet' | 'pollMs'>): number {
  const short = Math.min(Math.max(durationMs / 10, 4 * pollMs), 12 * pollMs);
  const long = Math.min(durationMs / 100, 48 * pollMs);
  return Math.max(Math.min(Math.max(short, long, fleet * QUIET_SHARE_MS), LONGEST_WAIT_MS * 0.8), pollMs);
}

/**
 * Whether the next look at a session should ask how it fares, or only whether it is still there: every second look at
 * a quiet one can do without.
 */
export function mustAskStatus({
  status,
  elapsedMs,
  durationMs,
  asked,
}: {
  status: string | null;
  elapsedMs: number;
  durationMs: number;
  /** Whether the look before asked. */
  asked: boolean;
}): boolean {
  return status !== 'Running' || elapsedMs < 0 || elapsedMs >= durationMs || !asked;
}

/** A number from 0 to 1 that a name always gets: FNV-1a. */
function shareOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const sign of name) {
    hash = Math.imul(hash ^ (sign.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash / 0xffffffff;
}
