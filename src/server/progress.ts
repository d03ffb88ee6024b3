import type { Clock, OnProgress, Progress } from '../ports.ts';
import { oneLine } from './one-line.ts';

/** A client hears at most one progress notification per this many milliseconds. */
export const PROGRESS_INTERVAL_MS = 1000;

const TOTAL = 100;
const MAX_MESSAGE = 300;
/** Where nothing honest can be said about the share done, the number still has to rise: by this part of the rest. */
const NUDGE = 1 / 1000;

export interface ProgressParams {
  progress: number;
  total: number;
  message: string;
}

export interface ProgressSender {
  report: OnProgress;
  /** Resolves once nothing is being sent any more: a notification after the answer would be a protocol error. */
  stop(): Promise<void>;
}

/**
 * Turns what a use-case reports into notifications whose number always rises, as the protocol demands. The first
 * report goes out at once; of several within one interval only the newest does.
 */
export function createProgressSender(
  send: (params: ProgressParams) => Promise<void>,
  clock: Clock,
): ProgressSender {
  const ended = new AbortController();
  let waiting: Progress | null = null;
  let sending = Promise.resolve();
  let isSending = false;
  let last = 0;

  async function sendAll(): Promise<void> {
    isSending = true;
    while (waiting !== null && !ended.signal.aborted) {
      const { fraction, message } = waiting;
      waiting = null;
      const progress = Math.max((fraction ?? 0) * TOTAL, last + (TOTAL - last) * NUDGE);
      if (progress <= last || progress > TOTAL) continue;
      last = progress;
      await send({ progress, total: TOTAL, message: oneLine(message, MAX_MESSAGE) }).catch(() =>
        ended.abort(),
      );
      await clock.sleep(PROGRESS_INTERVAL_MS, ended.signal);
    }
    isSending = false;
  }

  return {
    report(progress) {
      waiting = progress;
      if (!isSending) sending = sendAll();
    },
    async stop() {
      ended.abort();
      await sending;
    },
  };
}
