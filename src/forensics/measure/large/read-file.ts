import { CapwrightError } from '../../../domain/errors.ts';
import { isDecoded, linkTypeName } from '../../../packets/protocols.ts';
import { createCaptureReader, type CaptureEnd } from '../../../packets/read-capture.ts';
import type { CaptureChunks } from '../../../ports.ts';
import { spentNote, type SpentOn } from '../budget.ts';
import type { MeasureInput } from '../measure.ts';
import { createOwnLane, type OnSight, type OwnLane } from './own-lane.ts';

/** How our own reader came through a file. */
export interface FileReading {
  lane: OwnLane;
  end: CaptureEnd;
  /** A sentence on a budget that ended the reading; null where it was not spent. */
  spent: string | null;
  /** A sentence on why the chunks were not all of the capture; null where they were. */
  shortfall: string | null;
}

const PROGRESS_EVERY_BYTES = 16 * 1024 * 1024;

/**
 * Reads a capture once, in pieces, with our own reader: no process is started, and what is held does not grow with the
 * file. Throws CANCELLED when the signal aborts, and what reading the pieces throws; hostile bytes only end it early.
 */
export async function readFile(
  chunks: CaptureChunks,
  { file, signal, onProgress, budget, crypto }: MeasureInput,
  onSight: OnSight,
): Promise<FileReading> {
  let packets = 0;
  const most = budget?.limits.packets ?? Infinity;
  const lane = createOwnLane((packet, shows, sight) => {
    packets = packet.frame;
    onSight(packet, shows, sight);
  }, crypto ?? null);
  let isFull = false;
  const reader = createCaptureReader((bytes, start, end, header) => {
    if (header.number > most) isFull = true;
    else lane.onPacket(bytes, start, end, header);
  });
  let told = 0;
  let spentOn: SpentOn | null = null;
  for await (const chunk of chunks) {
    if (signal.aborted) throw cancelled();
    reader.push(chunk);
    const bytes = chunks.bytesRead();
    if (reader.isOver()) break;
    spentOn = isFull ? 'packets' : budget?.millisecondsLeft() === 0 ? 'milliseconds' : null;
    if (spentOn !== null) break;
    if (bytes - told < PROGRESS_EVERY_BYTES) continue;
    told = bytes;
    const fraction = file.bytes === 0 ? null : Math.min(bytes / file.bytes, 1);
    onProgress({ fraction, message: `Measured ${Math.floor(bytes / 1e6)} MB, ${packets} packets` });
  }
  if (signal.aborted) throw cancelled();
  if (isFull) spentOn = 'packets';
  const covered = { packets, ofPackets: null, bytes: chunks.bytesRead(), ofBytes: file.bytes };
  const spent = spentOn === null || budget === undefined ? null : spentNote(spentOn, budget, covered);
  return { lane, end: reader.end(), spent, shortfall: spent === null ? chunks.shortfall() : null };
}

const cancelled = (): CapwrightError =>
  new CapwrightError('CANCELLED', 'The analysis was cancelled.', 'Ask for it again.');

/** What is wrong with the file, in the words that the pass of tshark uses; null where it was read to its end. */
export function damageIn({ end: { damage }, spent, shortfall }: FileReading, packets: number): string | null {
  if (spent !== null) return null;
  const reach = packets === 0 ? 'no packet could be read.' : 'the packets before it were read.';
  switch (damage) {
    case null:
      return shortfall;
    case 'not a capture':
      return 'The file is not a capture in a format that can be read without tshark.';
    case 'unsupported variant':
      return 'The file is a pcap of a version before 2.0, which is not read.';
    case 'cut short':
      return `The file ends in the middle of a record; ${reach}`;
    case 'damaged record':
      return `A packet record in the file is damaged; ${reach}`;
  }
}

/** What of the file was counted but not looked into, in sentences. */
export function limitsOf({ end: { linkTypes, dropped }, lane }: FileReading): string[] {
  const unknown = linkTypes.filter((linkType) => !isDecoded(linkType));
  const refused = lane.refused();
  const notes: [boolean, string][] = [
    [
      unknown.length > 0,
      `Packets of ${unknown.map(linkTypeName).join(', ')} were counted but not decoded: that needs tshark.`,
    ],
    [(dropped ?? 0) > 0, `The capturing machine says that it lost ${dropped} packets.`],
    [refused > 0, `There were more conversations than are kept: ${refused} packets are in none.`],
  ];
  return notes.filter(([holds]) => holds).map(([, note]) => note);
}
