import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CapturePart } from '../../domain/capture-part.ts';
import { CapwrightError } from '../../domain/errors.ts';
import type { Combined } from '../../ports.ts';
import { writeWhole } from './private-file.ts';
import { createPlainCopies, type PlainCopies } from './plain-copies.ts';
import { PCAP_HEADER_BYTES, withSnapLength } from './pcap-records.ts';
import { readAt, scanPart, type PartFormat, type ScannedPart } from './scan-part.ts';

interface Part extends ScannedPart {
  /** Where its records are: in the file itself, or in an unpacked copy. */
  path: string;
  /** The file as it lies on disk. */
  name: string;
  whole: { bytes: number; sha256: string };
}

interface CombineOptions {
  maxBytes: number;
  signal: AbortSignal;
  newName: () => string;
}

const CHUNK_BYTES = 1 << 20;

/**
 * Puts the files of one session behind each other, earliest first, as one valid capture file at `into`: whole
 * records only, so that a torn end of one damages nothing of the next; packed files are unpacked. What can't stand in
 * one file is refused with the reason; the parts are never changed. Throws FILE_NOT_FOUND, NOT_A_CAPTURE, DISK_FULL, or when aborted.
 */
export async function combineCaptures(
  paths: readonly string[],
  into: string,
  options: CombineOptions,
): Promise<Combined> {
  const copies = createPlainCopies(into, options);
  try {
    const scanned: Part[] = [];
    for (const path of paths) {
      scanned.push(await scan(path, copies, options.signal));
    }
    if (copies.areTooLarge()) {
      return { combined: false, why: tooLarge(options.maxBytes) };
    }
    return await combineScanned(scanned, into, options);
  } finally {
    await copies.remove();
  }
}

async function scan(path: string, copies: PlainCopies, signal: AbortSignal): Promise<Part> {
  const copy = await withFile(path, () => copies.of(path));
  const from = copy?.path ?? path;
  const found = await withFile(from, async (file) => scanPart(file, (await file.stat()).size, signal));
  return { ...found, path: from, name: basename(path), whole: copy ?? found };
}

async function combineScanned(
  scanned: readonly Part[],
  into: string,
  { maxBytes, signal, newName }: CombineOptions,
): Promise<Combined> {
  const parts = scanned.toSorted((a, b) => (a.firstMs ?? Infinity) - (b.firstMs ?? Infinity) || 0);
  const sound = parts.filter(({ format }) => format !== null);
  if (sound.length === 0) {
    throw noCapture();
  }
  const why = obstacle(sound, maxBytes);
  if (why !== null) {
    return { combined: false, why };
  }
  await writeWhole(into, newName, (file) => writeParts(file, sound, signal));
  return { combined: true, path: into, parts: parts.map(toPart) };
}

/** One file at a time is open: a ring may have thousands. */
async function withFile<T>(path: string, read: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new CapwrightError(
      'FILE_NOT_FOUND',
      'A file of the capture is not in the state directory any more, or may not be read.',
      'Start the capture again; if its files still lie in the storage account, analyze_pcap reads them by blob_url.',
      error,
    );
  });
  try {
    return await read(file);
  } finally {
    await file.close();
  }
}

function noCapture(): CapwrightError {
  return new CapwrightError(
    'NOT_A_CAPTURE',
    'None of the files is a packet capture: their first bytes are neither pcap nor pcapng.',
    'Capture again; Network Watcher may have been stopped before it wrote anything.',
  );
}

/** Why the parts can't be one file, in words for a report; null where they can. */
function obstacle(parts: readonly Part[], maxBytes: number): string | null {
  const forms = new Set(parts.map(({ format }) => signatureOf(format)));
  if (forms.size > 1) {
    return 'the files differ in format, byte order, resolution or link type';
  }
  const bytes = parts.reduce((sum, { start, end }) => sum + end - start, PCAP_HEADER_BYTES);
  return bytes > maxBytes ? tooLarge(maxBytes) : null;
}

const tooLarge = (maxBytes: number): string => `together they are larger than the limit of ${maxBytes} bytes`;

/** Sections of pcapng each describe themselves, so any two of them can stand in one file. */
function signatureOf(format: PartFormat | null): string {
  return format?.kind === 'pcap' ? format.header.signature : 'pcapng';
}

async function writeParts(into: FileHandle, parts: readonly Part[], signal: AbortSignal): Promise<void> {
  await into.writeFile(headerFor(parts));
  for (const part of parts) {
    await withFile(part.path, (file) => copyRecords(file, into, part, signal));
  }
}

async function copyRecords(
  file: FileHandle,
  into: FileHandle,
  part: Part,
  signal: AbortSignal,
): Promise<void> {
  for (let at = part.start; at < part.end;) {
    signal.throwIfAborted();
    const chunk = await readAt(file, at, Math.min(CHUNK_BYTES, part.end - at));
    if (chunk.length === 0) {
      throw new CapwrightError(
        'FILE_UNREADABLE',
        'A file of the capture was cut while it was read.',
        'Call again once nothing else writes to the state directory.',
      );
    }
    openLastSection(chunk, at, part);
    await into.writeFile(chunk);
    at += chunk.length;
  }
}

/** One header for all classic files, wide enough for the longest packet of any; sections bring their own. */
function headerFor(parts: readonly Part[]): Buffer {
  const formats = parts.flatMap(({ format }) => (format?.kind === 'pcap' ? [format] : []));
  const [first] = formats;
  const snapLength = Math.max(0, ...formats.map(({ header }) => header.snapLength));
  return first === undefined ? Buffer.alloc(0) : withSnapLength(first.headerBytes, first.header, snapLength);
}

/** A section that lost its tail must not claim its old length: -1 stands for "up to the next section". */
function openLastSection(chunk: Buffer, position: number, { format, start, end, bytes }: Part): void {
  if (format?.kind !== 'pcapng' || end === bytes) {
    return;
  }
  const field = start + format.lastSection.at + SECTION_LENGTH_AT - position;
  for (let index = Math.max(0, field); index < Math.min(field + 8, chunk.length); index += 1) {
    chunk[index] = 0xff;
  }
}

const SECTION_LENGTH_AT = 16;

function toPart(part: Part): CapturePart {
  const { name, whole, bytes, format, start, end, packets, firstMs, lastMs } = part;
  return {
    name,
    bytes: whole.bytes,
    sha256: whole.sha256,
    packets,
    firstPacketAt: firstMs === null ? null : new Date(firstMs).toISOString(),
    lastPacketAt: lastMs === null ? null : new Date(lastMs).toISOString(),
    leftOutBytes: format === null ? bytes : bytes - Math.max(end, start),
  };
}
