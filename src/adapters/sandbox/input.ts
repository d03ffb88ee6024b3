import type { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { RunCommand } from '../../ports.ts';

/** What is written to a command. */
export interface Input {
  /** Settles when nothing more will be written, with what the producer threw, where it did. Never rejects. */
  readonly over: Promise<{ error: unknown } | null>;
  /** The command is over or given up: nothing more is asked of the producer, which is told. Repeatable. */
  stop(): void;
}

/**
 * Writes to a command what it is to read, and then its end. Of a producer at most one chunk is in hand: the next is
 * asked for when the kernel has taken the one before.
 */
export function writeInput(stream: Writable | null, stdin: RunCommand['stdin']): Input {
  // Whoever reads may end before it has read everything, or anything.
  stream?.on('error', () => undefined);
  if (stdin === undefined || stdin instanceof Uint8Array || stream === null) {
    stream?.end(stdin);
    return { over: Promise.resolve(null), stop: () => undefined };
  }
  const stop = createStop();
  stream.once('close', stop.now).once('error', stop.now);
  return { over: pump(stream, stdin, stop), stop: stop.now };
}

async function pump(
  stream: Writable,
  chunks: AsyncIterable<Uint8Array>,
  stop: Stop,
): Promise<{ error: unknown } | null> {
  try {
    const producer = chunks[Symbol.asyncIterator]();
    for (;;) {
      const next = await stop.or(producer.next());
      if (next?.done === true) break;
      if (next !== null && (await writeChunk(stream, next.value, stop))) continue;
      // Waited for by nobody: a producer that hangs would hang there too.
      producer.return?.().catch(() => undefined);
      return null;
    }
    stream.end();
    return null;
  } catch (error) {
    return { error };
  }
}

/** False where nobody reads it any more. */
async function writeChunk(stream: Writable, chunk: Uint8Array, stop: Stop): Promise<boolean> {
  if (chunk.length === 0) return true;
  const written = new Promise<boolean>((resolve) => {
    stream.write(chunk, (error) => resolve(error === null || error === undefined));
  });
  const isWritten = (await stop.or(written)) ?? false;
  // A producer that never has to wait would otherwise leave no turn to anything else in this process.
  await turn();
  return isWritten;
}

interface Stop {
  now: () => void;
  /** What the work gives, or null as soon as it is to stop. One piece of work at a time. */
  or<T>(work: Promise<T>): Promise<T | null>;
}

/** Not a race against one promise that lives long: each race would leave its answer hanging on it. */
function createStop(): Stop {
  let stopped = false;
  let wake: (() => void) | null = null;
  return {
    now: () => {
      stopped = true;
      wake?.();
    },
    or: (work) =>
      new Promise((resolve, reject) => {
        wake = () => resolve(null);
        work.then(resolve, reject);
        if (stopped) resolve(null);
      }),
  };
}
