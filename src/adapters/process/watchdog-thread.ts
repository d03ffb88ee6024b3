import { write } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { BEATS, STOP, type Orders } from './watchdog-cells.ts';

const STDERR = 2;

/**
 * Counts its own ticks without a beat. A tick that took far longer than it should shows that the process was stopped,
 * or the machine slept, and then the count begins again.
 */
function watch({ cells, tickMs, stallMs }: Orders): void {
  let last = Atomics.load(cells, BEATS);
  let silent = 0;
  for (;;) {
    const before = performance.now();
    if (Atomics.wait(cells, STOP, 0, tickMs) !== 'timed-out') {
      return;
    }
    const wasAsleep = performance.now() - before > 3 * tickMs;
    const beats = Atomics.load(cells, BEATS);
    silent = beats !== last || wasAsleep ? 0 : silent + 1;
    last = beats;
    if (silent * tickMs > stallMs) {
      end(cells, stallMs);
    }
  }
}

const LAST_WORD_MS = 500;

/**
 * Straight to the descriptor, since the streams of a thread go through the one that hangs; and not waited for, since
 * that may hang because nobody reads our stderr any more.
 */
function end(cells: Int32Array, stallMs: number): void {
  const message = `the event loop stood still for ${stallMs} ms; the process ends so that others can go on`;
  const line = { at: new Date().toISOString(), level: 'error', message, pid: process.pid };
  write(STDERR, `${JSON.stringify(line)}\n`, () => {});
  Atomics.wait(cells, STOP, 0, LAST_WORD_MS);
  process.kill(process.pid, 'SIGKILL');
}

watch(workerData);
