import { CapwrightError } from '../../domain/errors.ts';
import type { FlowQuery } from '../../domain/flow-query.ts';
import { createCaptureIndex, type CaptureIndex } from '../../packets/index/capture-index.ts';
import { createCaptureReader } from '../../packets/read-capture.ts';
import type { CaptureChunks, OnProgress } from '../../ports.ts';
import { createMatch } from './match-packets.ts';

/** Packets that were asked for, and the index by which they can be cut out. */
export interface FoundPackets {
  index: CaptureIndex;
  /** The first of them. */
  frames: number[];
  /** How many there are. */
  matched: number;
  /** What of the capture was not looked through; null where nothing was left. */
  shortfall: string | null;
}

const WANTED = new Set([1]);
const PROGRESS_EVERY_BYTES = 64 * 1024 * 1024;

/**
 * Looks through a capture once for packets, by our own reader, which starts no program; frames by number end it early.
 * Throws CANCELLED, and what reading the capture throws.
 */
export async function findPackets(
  chunks: CaptureChunks,
  query: FlowQuery,
  options: { bytes: number; most: number; signal: AbortSignal; onProgress: OnProgress },
): Promise<FoundPackets> {
  const { bytes, most, signal, onProgress } = options;
  const index = createCaptureIndex();
  const match = createMatch(query);
  const last = query.kind === 'frames' ? query.to : Infinity;
  let matched = 0;
  let seen = 0;
  const reader = createCaptureReader((packet, start, end, header) => {
    seen = header.number;
    const isWanted = match(packet, start, end, header);
    if (isWanted) matched += 1;
    index.add(header, isWanted ? 1 : 0);
  });
  let told = 0;
  for await (const chunk of chunks) {
    if (signal.aborted)
      throw new CapwrightError('CANCELLED', 'The search was cancelled.', 'Ask for it again.');
    reader.push(chunk);
    if (reader.isOver() || seen >= last) break;
    if (chunks.bytesRead() - told < PROGRESS_EVERY_BYTES) continue;
    told = chunks.bytesRead();
    onProgress({ fraction: told / bytes, message: `Looked through ${Math.floor(told / 1e6)} MB` });
  }
  return { index, frames: index.framesOf(WANTED, most), matched, shortfall: shortfallOf(chunks, index) };
}

function shortfallOf(chunks: CaptureChunks, index: CaptureIndex): string | null {
  return index.leftOut() === 0
    ? chunks.shortfall()
    : `Only the first ${index.packets()} packets were looked through: the capture has more than are kept in mind.`;
}
