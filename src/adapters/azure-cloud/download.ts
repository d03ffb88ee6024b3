import { CapwrightError } from '../../domain/errors.ts';
import type { Clock, DownloadOptions, OnProgress } from '../../ports.ts';
import type { BlobProperties, BlobSource } from './blob-source.ts';
import { errorFacts, safeCause } from './error-facts.ts';
import { azureError, cancelled } from './errors.ts';
import { withIdleLimit } from './idle-limit.ts';
import { makeRoom } from './disk.ts';
import { openPartFile, type PartFile } from './part-file.ts';

export interface DownloadLimits extends DownloadOptions {
  clock: Clock;
  /** A connection that brings nothing for so long is cut, and the download goes on over a new one. */
  idleMs: number;
  /** First pause before going on; it doubles while nothing comes. */
  pauseMs: number;
}

const DOING = 'downloading the capture file';
/** Bytes asked for at a time, and the most that a killed process has to download again. */
const RANGE_BYTES = 32 * 1024 * 1024;
/** Connections in a row that bring nothing, and beginnings anew after the blob changed, before we give up. */
const MOST_FRUITLESS = 6;
const MOST_BEGINNINGS = 3;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Downloads a blob to `path`: into a private temporary file beside it, going on where a connection broke off or
 * stalled or an earlier call or process stopped, anew where the blob changed, checked for length and (where Azure has
 * one) MD5, flushed and renamed. Throws BLOB_MISSING, FILE_TOO_LARGE before the first byte, DISK_FULL,
 * DOWNLOAD_INTERRUPTED, CANCELLED, or what the storage account refuses with; what it has by then stays for the next
 * call, unless it is of no use.
 */
export async function download(
  source: BlobSource,
  path: string,
  limits: DownloadLimits,
): Promise<{ bytes: number; sha256: string }> {
  for (let beginning = 0; beginning < MOST_BEGINNINGS; beginning += 1) {
    const blob = await acceptable(source, limits);
    await makeRoom(path, 0);
    const part = await openPartFile(path, { ...blob, url: source.url });
    let fate: 'keep' | 'discard' = 'discard';
    try {
      await makeRoom(path, blob.size - part.bytes());
      const sha256 = (await fill(part, source, blob, limits)) ? await part.complete() : null;
      if (sha256 !== null) {
        return { bytes: blob.size, sha256 };
      }
    } catch (error) {
      fate = isLasting(error) ? 'discard' : 'keep';
      throw error;
    } finally {
      await part.close(fate);
    }
  }
  throw interrupted('the file kept changing in the storage account');
}

/** Whether what was downloaded so far is of no use to a later try, or in the way of everything else. */
function isLasting(error: unknown): boolean {
  return (
    !(error instanceof CapwrightError) ||
    ['BLOB_MISSING', 'DISK_FULL', 'FILE_UNREADABLE'].includes(error.code)
  );
}

async function acceptable(source: BlobSource, limits: DownloadLimits): Promise<BlobProperties> {
  const blob = await withIdleLimit(limits, ({ signal }) => source.properties(signal)).catch(
    (error: unknown) => {
      throw passing(error, limits.signal)
        ? interrupted('the storage account did not answer', error)
        : fatal(error, limits.signal);
    },
  );
  if (blob === null) {
    throw missing();
  }
  if (blob.size > limits.maxBytes) {
    throw new CapwrightError(
      'FILE_TOO_LARGE',
      `The capture file has ${blob.size} bytes; the server takes at most ${limits.maxBytes}.`,
      'Capture less (max_bytes, bytes_per_packet, filters, a shorter duration_seconds), or have the limit of the server raised.',
    );
  }
  return blob;
}

/** Fills the file up to the size of the blob; false where the blob changed meanwhile. */
async function fill(
  part: PartFile,
  source: BlobSource,
  blob: BlobProperties,
  limits: DownloadLimits,
): Promise<boolean> {
  const report = reporter(blob.size, limits.onProgress);
  let fruitless = 0;
  while (part.bytes() < blob.size) {
    const before = part.bytes();
    let reason: unknown;
    try {
      await readRange(part, source, blob, limits, report);
      if (part.bytes() < blob.size) {
        await part.checkpoint();
      }
    } catch (error) {
      const { status } = errorFacts(error);
      if (status === 412 || status === 416) {
        return false;
      }
      if (!passing(error, limits.signal)) {
        throw fatal(error, limits.signal);
      }
      reason = error;
    }
    fruitless = part.bytes() > before ? 0 : fruitless + 1;
    if (fruitless >= MOST_FRUITLESS) {
      throw interrupted('the connection kept breaking off', reason);
    }
    if (reason !== undefined || fruitless > 0) {
      await limits.clock.sleep(Math.min(limits.pauseMs * 2 ** fruitless, LONGEST_PAUSE_MS), limits.signal);
    }
  }
  return true;
}

async function readRange(
  part: PartFile,
  source: BlobSource,
  blob: BlobProperties,
  limits: DownloadLimits,
  report: (bytes: number) => void,
): Promise<void> {
  const offset = part.bytes();
  const count = Math.min(RANGE_BYTES, blob.size - offset);
  await withIdleLimit(limits, async ({ signal, orGone, alive }) => {
    const body = await orGone(source.read(offset, count, blob.etag, signal));
    const chunks = body[Symbol.asyncIterator]();
    try {
      for (let next = await orGone(chunks.next()); next.done !== true; next = await orGone(chunks.next())) {
        const room = offset + count - part.bytes();
        await part.append(next.value.subarray(0, room));
        alive();
        report(part.bytes());
      }
    } finally {
      void Promise.resolve(chunks.return?.()).catch(() => undefined);
    }
  });
}

/** Whether going on where we are may help: anything of the network, nothing that Azure or the disk refused. */
function passing(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted || error instanceof CapwrightError || errorFacts(error).status === 404) {
    return false;
  }
  const mapped = azureError(error, DOING, 'blob');
  return (
    !(mapped instanceof CapwrightError) || mapped.code === 'AZURE_UNAVAILABLE' || mapped.code === 'AZURE_BUSY'
  );
}

function fatal(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return cancelled(DOING);
  }
  return errorFacts(error).status === 404 ? missing() : azureError(error, DOING, 'blob');
}

function missing(): CapwrightError {
  return new CapwrightError(
    'BLOB_MISSING',
    'The capture file is not in the storage account.',
    'Check the container and the name of the blob; a session that caught no packet may leave no file.',
  );
}

function interrupted(why: string, cause?: unknown): CapwrightError {
  return new CapwrightError(
    'DOWNLOAD_INTERRUPTED',
    `The download of the capture file was given up: ${why}.`,
    'Call check_task again; the download goes on where it is, and the file stays in the storage account.',
    cause === undefined ? undefined : safeCause(errorFacts(cause)),
  );
}

/** Tells of progress once per percent, not once per packet of bytes. */
function reporter(size: number, onProgress: OnProgress): (bytes: number) => void {
  let told = -1;
  return (bytes) => {
    const percent = Math.floor((bytes / size) * 100);
    if (percent > told) {
      told = percent;
      onProgress({ fraction: bytes / size, message: `Downloaded ${mib(bytes)} of ${mib(size)} MiB` });
    }
  };
}

function mib(bytes: number): string {
  return (bytes / (1024 * 1024)).toFixed(1);
}
