import { extname } from 'node:path';
import { url as debugger_ } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { BEATS, STOP, type Orders } from './watchdog-cells.ts';

export interface Watchdog {
  stop(): void;
}

/** A server has its answers to give first. */
const AFTER_MS = 1000;

/**
 * Ends this process, hard and with one line on stderr, when its event loop has stood still for `stallMs`: it would keep
 * its kernel lock, and with that its tasks, for ever. A thread of its own watches; time in which the whole process or
 * the machine slept does not count. Nothing is kept alive by it, and under a debugger it does not start.
 */
export function startWatchdog({ stallMs = 60_000, tickMs = 1000, afterMs = AFTER_MS } = {}): Watchdog {
  const cells = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  if (debugger_() !== undefined) {
    return { stop: () => {} };
  }
  const beat = setInterval(() => Atomics.add(cells, BEATS, 1), tickMs);
  const start = setTimeout(() => watch({ cells, tickMs, stallMs }), afterMs);
  beat.unref();
  start.unref();
  return {
    stop: () => {
      clearInterval(beat);
      clearTimeout(start);
      Atomics.store(cells, STOP, 1);
      Atomics.notify(cells, STOP);
    },
  };
}

/** The thread gets nothing of the environment; should it fail, there is no watchdog and nothing else is lost. */
function watch(orders: Orders): void {
  const script = new URL(`./watchdog-thread${extname(import.meta.filename)}`, import.meta.url);
  const thread = new Worker(script, {
    workerData: orders,
    env: {},
    name: 'watchdog',
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
  });
  thread.on('error', () => {});
  thread.unref();
}
