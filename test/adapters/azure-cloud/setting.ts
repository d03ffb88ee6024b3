import { setTimeout as delay } from 'node:timers/promises';
import { CapwrightError } from '../../../src/domain/errors.ts';
import type { CaptureTarget, Clock, Log } from '../../../src/ports.ts';

/** Real time: these tests talk to real servers. */
export const realClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};

export const silent: Log = () => undefined;

/** A log that keeps what it is told, as text. */
export function keepingLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { lines, log: (...line) => lines.push(JSON.stringify(line)) };
}

export function signal(): AbortSignal {
  return new AbortController().signal;
}

/** What was thrown, which must be ours. */
export async function refusal(work: Promise<unknown>): Promise<CapwrightError> {
  const error: unknown = await work.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof CapwrightError) {
    return error;
  }
  throw error;
}

/** A request for a capture of web-01, with whatever a test wants otherwise. */
export function targetOf(changes: Partial<CaptureTarget> = {}): CaptureTarget {
  return {
    target: 'web-01',
    targetType: null,
    instances: { include: [], exclude: [] },
    ring: null,
    resourceGroup: 'capwright-demo',
    subscriptionId: null,
    locationHint: null,
    storageAccount: null,
    storageContainer: null,
    captureName: 'capwright-test-1',
    durationSeconds: 60,
    totalBytes: 0,
    bytesPerPacket: 0,
    filters: [],
    ...changes,
  };
}
