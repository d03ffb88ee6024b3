import type { LoggedCommand } from '../../domain/analysis.ts';
import type { CaptureFacts } from '../../domain/facts.ts';
import type { Finding } from '../../domain/finding.ts';
import type { PacketCrypto } from '../../packets/application/quic-initial.ts';
import type { CaptureIndex } from '../../packets/index/capture-index.ts';
import type { CaptureChunks, CaptureFiles, InspectedFile, OnProgress, SandboxSession } from '../../ports.ts';
import { spentNote, type Budget } from './budget.ts';
import { detectAll } from './detectors.ts';
import { toFacts } from './facts.ts';
import { withTimes } from './finding-times.ts';
import { measureLarge } from './large/measure-large.ts';
import { createPasses, logged, readingMs, type Pass } from './pass.ts';
import { readCapture } from './read-capture.ts';
import { surveyFile, type FileStory } from './survey-file.ts';
import { damageOf, INFO_ARGV, mustGoOn, readFileInfo } from './reading.ts';

export interface MeasureInput {
  file: InspectedFile;
  signal: AbortSignal;
  onProgress: OnProgress;
  /** What ends the reading early; absent: nothing does. */
  budget?: Budget;
  /** Opens the hellos of QUIC; absent: they stay closed. */
  crypto?: PacketCrypto;
}

export interface Measurement {
  facts: CaptureFacts;
  findings: Finding[];
  commands: LoggedCommand[];
  /** What of the capture was not measured, and why; null where all was. */
  partial: string | null;
  /** Where every packet stands, for a capture that was too large for tshark to read all of it. */
  index?: CaptureIndex;
}

/**
 * Measures the capture of a session: facts, findings with their evidence, and the commands that were run. A damaged file
 * gives what was readable, down to 0 packets; only a cancelled call, a lost sandbox, or a file that was exchanged throws.
 */
export type Measure = (session: SandboxSession, input: MeasureInput) => Promise<Measurement>;

/**
 * Measures without tshark and without starting anything, from the file in pieces: for where there is no sandbox.
 * The first of the notes says what it looks at and what it does not. Throws CANCELLED, and what reading the pieces
 * throws; hostile bytes only give fewer facts.
 */
export type OwnReader = (
  chunks: CaptureChunks,
  input: MeasureInput,
) => Promise<Pick<Measurement, 'facts' | 'findings'>>;

const INFO_OUTPUT_BYTES = 1024 * 1024;
const INFO_BASE_MS = 60_000;

/** Up to this size tshark reads every packet, in a second or two. */
export const WHOLE_BYTES = 4 * 1024 * 1024;

export interface MeasureOptions {
  /** Reads a file in pieces; absent: tshark reads every packet of every file. */
  chunks?: CaptureFiles['chunks'];
  /** Larger files are read once by our own reader, with tshark beside it. */
  wholeBytes?: number;
  /** As in `MeasureInput`. */
  crypto?: PacketCrypto;
}

export function createMeasure({ chunks, wholeBytes = WHOLE_BYTES, crypto }: MeasureOptions = {}): Measure {
  return async (session, asked) => {
    const input = crypto === undefined ? asked : { ...asked, crypto };
    const { file, signal } = input;
    const isLarge = file.bytes > (file.packing === undefined ? wholeBytes : wholeBytes / USUAL_PACKING);
    const large =
      isLarge && chunks !== undefined ? await measureLarge(session, chunks(file, signal), input) : null;
    if (large !== null) return large;
    // Small files are walked through once more for what tshark prints nowhere: interfaces, and what they lost.
    const story = isLarge || chunks === undefined ? {} : await surveyFile(chunks(file, signal));
    return measureWhole(session, input, story);
  };
}

/** Packed captures unpack to several times their size. */
const USUAL_PACKING = 4;

/** Every packet by tshark. */
async function measureWhole(
  session: SandboxSession,
  input: MeasureInput,
  story: Partial<FileStory>,
): Promise<Measurement> {
  const { file, signal } = input;
  const commands: LoggedCommand[] = [];
  const info = await session.run({
    argv: INFO_ARGV,
    timeoutMs: INFO_BASE_MS + readingMs(file.bytes),
    maxOutputBytes: INFO_OUTPUT_BYTES,
    signal,
  });
  commands.push(logged(INFO_ARGV, info));
  mustGoOn(info, signal);
  const { packets: expected, linkTypes } = readFileInfo(info.stdout);

  const passes = createPasses(session, input, { expected, commands });
  const reading = await readCapture(passes);
  const { pass, notes } = reading;
  const { tables, result } = pass;
  const partial = cutByBudget(input, pass, expected) ?? reading.partial;
  const detected = detectAll(tables);
  const damaged = damageOf(result, tables.overview.packets);
  const facts = toFacts({ ...file, sha256: await file.sha256() }, tables, {
    damaged,
    linkTypes,
    findings: detected.findings,
    ...story,
    notes: [
      ...(partial === null ? [] : [partial]),
      ...notes,
      ...pass.notes,
      ...miscount(expected, tables.overview.packets, partial !== null || damaged !== null),
      ...detected.notes,
    ],
  });
  const findings = withTimes(detected.findings, tables.moments.timeOf);
  return { facts, findings, commands, partial };
}

/** tshark says nothing where it stops because it was told to. */
function cutByBudget({ file, budget }: MeasureInput, { tables, result }: Pass, ofPackets: number | null) {
  if (budget === undefined) return null;
  const { packets } = tables.overview;
  const isOutOfTime = result.outcome === 'timeout' && budget.millisecondsLeft() === 0;
  const isFull = budget.limits.packets === packets && ofPackets !== packets;
  if (!isOutOfTime && !isFull) return null;
  const covered = { packets, ofPackets, bytes: null, ofBytes: file.bytes };
  return spentNote(isFull ? 'packets' : 'milliseconds', budget, covered);
}

/** Two readers that disagree on the number of packets are worth a line. */
function miscount(expected: number | null, read: number, partial: boolean): string[] {
  if (expected === null || expected === read || partial) return [];
  return [`capinfos counts ${expected} packets, tshark ${read}: the numbers here cover what tshark read.`];
}
