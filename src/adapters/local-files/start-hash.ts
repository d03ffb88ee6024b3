import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { cancelled, replaced } from './file-identity.ts';
import { hashOfFile, type HashOrder } from './hash-of-file.ts';

/** Below this a thread would take longer to start than the file to hash. */
const INLINE_BYTES = 1024 ** 2;

/**
 * Begins to hash a file beside whatever else is done with it, in a thread of its own unless it is small. What it
 * answers waits for the SHA-256, in hex; nothing is left unhandled, nor the process kept alive, where nobody asks.
 * Rejects with FILE_NOT_FOUND where the file is not the same any more, and with CANCELLED.
 */
export function startHash(order: HashOrder, signal: AbortSignal): () => Promise<string> {
  if (order.bytes >= INLINE_BYTES) {
    return hashInThread(order, signal);
  }
  const sha256 = hashHere(order);
  sha256.catch(() => undefined);
  return () => sha256;
}

async function hashHere(order: HashOrder): Promise<string> {
  try {
    const found = hashOfFile(order);
    if (found !== null) {
      return found;
    }
  } catch (error) {
    throw replaced(error);
  }
  throw replaced();
}

/** The same, begun by the first who asks. */
export function startedLater(order: HashOrder, signal: AbortSignal): () => Promise<string> {
  let started: (() => Promise<string>) | null = null;
  return () => (started ??= startHash(order, signal))();
}

/** The thread gets nothing of the environment. */
function hashInThread(order: HashOrder, signal: AbortSignal): () => Promise<string> {
  const script = new URL(`./hash-thread${extname(import.meta.filename)}`, import.meta.url);
  const thread = new Worker(script, {
    workerData: order,
    env: {},
    name: 'sha256',
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
  });
  const sha256 = new Promise<string>((resolve, reject) => {
    const giveUp = (): void => {
      reject(cancelled());
      void thread.terminate();
    };
    thread.once('message', (found: unknown) => {
      if (typeof found === 'string') {
        resolve(found);
      }
    });
    thread.once('error', (error) => reject(replaced(error)));
    // Whoever ended without a hash found another file, or less of it.
    thread.once('exit', () => {
      signal.removeEventListener('abort', giveUp);
      reject(replaced());
    });
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) {
      giveUp();
    }
  });
  sha256.catch(() => undefined);
  thread.unref();
  return () => {
    thread.ref();
    return sha256;
  };
}
