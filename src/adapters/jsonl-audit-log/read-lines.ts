import { createReadStream } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { CapwrightError } from '../../domain/errors.ts';

export interface RawLine {
  /** Without its line end; null where the bytes are not UTF-8, or more than a line of ours can be. */
  text: string | null;
  /** False for what stands after the last line end. */
  whole: boolean;
}

const MAX_LINE_BYTES = 16_777_216;
const LINE_END = 0x0a;

/** The lines of a file, each exactly as it stands there. Throws FILE_NOT_FOUND or FILE_UNREADABLE. */
export async function* readLines(path: string, signal: AbortSignal): AsyncGenerator<RawLine> {
  await demandFile(path);
  let parts: Buffer[] = [];
  let size = 0;
  const keep = (part: Buffer): void => {
    size += part.length;
    if (size > MAX_LINE_BYTES) {
      parts = [];
    } else if (part.length > 0) {
      parts.push(part);
    }
  };
  const take = (whole: boolean): RawLine => {
    const text = size > MAX_LINE_BYTES ? null : decode(Buffer.concat(parts));
    parts = [];
    size = 0;
    return { text, whole };
  };
  for await (const chunk of chunksOf(path, signal)) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, from)) {
      keep(chunk.subarray(from, end));
      yield take(true);
      from = end + 1;
    }
    keep(chunk.subarray(from));
  }
  if (size > 0) {
    yield take(false);
  }
}

async function* chunksOf(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path, { signal })) {
      yield Buffer.from(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw unreadable(error);
  }
}

/** A pipe or a device would keep us waiting for ever. */
async function demandFile(path: string): Promise<void> {
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    throw new CapwrightError(
      'FILE_NOT_FOUND',
      'There is no such audit file.',
      'Audit files lie in the folder audit of the state directory.',
    );
  }
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    (error: unknown) => {
      throw unreadable(error);
    },
  );
  if (!isFile) {
    throw unreadable();
  }
}

function unreadable(cause?: unknown): CapwrightError {
  return new CapwrightError(
    'FILE_UNREADABLE',
    'The audit file can not be read.',
    'Name one audit file, not a folder, that this user may read.',
    cause,
  );
}

/** Nothing is put right here: a byte that changed must not come out as the one that was there. */
function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
