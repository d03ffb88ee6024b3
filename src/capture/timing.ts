import type { Timing } from '../domain/next-action.ts';

const MINUTE_MS = 60_000;

/** How long each step of a capture may take where Azure is asked every `pollMs` milliseconds. */
export const timingOf = (pollMs: number): Timing => ({
  pollMs,
  provisioningMs: 10 * MINUTE_MS,
  overdueMs: 2 * MINUTE_MS,
  stoppingMs: 10 * MINUTE_MS,
  blobMs: 30 * MINUTE_MS,
  lateMs: MINUTE_MS,
});
