import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { createPcapReader, PCAP_HEADER_BYTES, readPcapHeader, type PcapHeader } from './pcap-records.ts';
import { createPcapngReader, PCAPNG_MAGIC, type PcapngReader } from './pcapng-blocks.ts';
import { LARGEST_RECORD, type RecordReader, type Seen } from './record-reader.ts';

/** What a capture file holds, walked once from its beginning without any dissector. */
export interface ScannedPart extends Seen {
  bytes: number;
  sha256: string;
  /** null where it is no capture file. */
  format: PartFormat | null;
  /** Where the first record begins, and where the last whole one ends. */
  start: number;
  end: number;
}

export type PartFormat =
  | { kind: 'pcap'; header: PcapHeader; headerBytes: Buffer }
  | { kind: 'pcapng'; lastSection: { at: number; little: boolean } };

const CHUNK_BYTES = 1 << 20;

/** Hashes `bytes` bytes of the file, and walks its records until the first that is not whole and sound. */
export async function scanPart(file: FileHandle, bytes: number, signal: AbortSignal): Promise<ScannedPart> {
  const sha256 = createHash('sha256');
  const opening = await readAt(file, 0, Math.min(bytes, PCAP_HEADER_BYTES));
  const header = readPcapHeader(opening);
  const pcapng = opening.toString('hex', 0, 4) === PCAPNG_MAGIC ? createPcapngReader() : null;
  const reader = header === null ? pcapng : createPcapReader(header);
  const start = header === null ? 0 : PCAP_HEADER_BYTES;
  const walk = createWalk(reader, start);
  for (let at = 0; at < bytes;) {
    signal.throwIfAborted();
    const chunk = await readAt(file, at, Math.min(CHUNK_BYTES, bytes - at));
    if (chunk.length === 0) {
      break;
    }
    sha256.update(chunk);
    walk.push(at === 0 ? chunk.subarray(start) : chunk);
    at += chunk.length;
  }
  const format = formatOf(header, opening, pcapng);
  const { packets, firstMs, lastMs } = reader?.seen() ?? { packets: 0, firstMs: null, lastMs: null };
  const end = format === null ? start : walk.end();
  return { bytes, sha256: sha256.digest('hex'), format, start, end, packets, firstMs, lastMs };
}

function formatOf(
  header: PcapHeader | null,
  headerBytes: Buffer,
  pcapng: PcapngReader | null,
): PartFormat | null {
  if (header !== null) {
    return { kind: 'pcap', header, headerBytes };
  }
  const lastSection = pcapng?.lastSection() ?? null;
  return lastSection === null ? null : { kind: 'pcapng', lastSection };
}

/** Feeds chunks to the reader; a record that reaches beyond its chunk waits for the next, within the largest size. */
function createWalk(reader: RecordReader | null, start: number) {
  let rest = Buffer.alloc(0);
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let needed = 0;
  let end = start;
  let isOver = reader === null;
  const walk = (buffer: Buffer): void => {
    let at = 0;
    while (at < buffer.length) {
      const step = reader?.next(buffer, at) ?? null;
      if (step === null) {
        isOver = true;
        return;
      }
      if (typeof step !== 'number') {
        isOver = step.needs > LARGEST_RECORD;
        needed = step.needs;
        break;
      }
      at += step;
      end += step;
    }
    rest = Buffer.from(buffer.subarray(at));
  };
  return {
    push: (chunk: Buffer): void => {
      if (isOver) {
        return;
      }
      waiting.push(chunk);
      waitingBytes += chunk.length;
      if (rest.length + waitingBytes < needed) {
        return;
      }
      const buffer = Buffer.concat([rest, ...waiting]);
      waiting = [];
      waitingBytes = 0;
      needed = 0;
      walk(buffer);
    },
    end: (): number => end,
  };
}

/** Up to `length` bytes from `position`; fewer only at the end of the file. */
export async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) {
      break;
    }
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
