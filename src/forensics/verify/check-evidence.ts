import type { LoggedCommand } from '../../domain/analysis.ts';
import { contradicted } from '../../domain/confidence.ts';
import { notChecked, type EvidenceCheck } from '../../domain/evidence-check.ts';
import { CapwrightError } from '../../domain/errors.ts';
import type { Finding } from '../../domain/finding.ts';
import { CAPTURE_PATH, type OnProgress, type SandboxSession } from '../../ports.ts';
import { throwIfCancelled } from '../failures.ts';
import { passMs } from '../measure/pass.ts';
import { countMatches, type Counting } from './count-matches.ts';
import { inCut, type CutFrames } from './cut.ts';
import { askedOf, isOneOf, judgeCited, judgeWhole } from './judge.ts';

export interface EvidenceInput {
  findings: readonly Finding[];
  /** Size of the capture. */
  bytes: number;
  /** Packets in it. */
  packets: number;
  /** Why the capture was not read to its end, or not all of it; null where it was. */
  partial: string | null;
  /** Every filter over the whole capture, however large. */
  full: boolean;
  /** How frames are cut out of this very capture; absent where nothing indexed it. */
  cut?: CutFrames;
  signal: AbortSignal;
  onProgress: OnProgress;
}

export interface CheckedEvidence {
  /** The same findings in the same order, each with what came of its check. */
  findings: Finding[];
  commands: LoggedCommand[];
}

/**
 * Runs the filter of every finding again in the sandbox and compares: over the whole capture where it is small or `full` is
 * asked for, over the frames cited otherwise. A mismatch lowers the confidence of its finding and takes nothing away.
 * What goes wrong on the way leaves findings unchecked, with the reason; only CANCELLED is thrown.
 */
export type CheckEvidence = (session: SandboxSession, input: EvidenceInput) => Promise<CheckedEvidence>;

/** Captures up to this size are their own cut: reading one whole costs no more than starting tshark. */
const SMALL_BYTES = 4 * 1024 * 1024;
/** What nobody asked for must not take long: a check of a small capture takes a tenth of a second. */
const UNASKED_MS = 15_000;
/** Each finding is one more filter for every packet. */
const MAX_UNASKED = 60;
const MAX_PER_RUN = 100;
const MAX_CHARACTERS_PER_RUN = 400_000;
const MAX_CUT_FRAMES = 5_000;

export function createCheckEvidence(): CheckEvidence {
  return async (session, input) => {
    const { findings, full, bytes, partial, cut = null } = input;
    const commands: LoggedCommand[] = [];
    if (findings.length === 0) return { findings: [], commands };
    const turn: Turn = { session, input, log: (command) => commands.push(command) };
    const checks = await checksOf(turn, cut, full || bytes <= SMALL_BYTES, partial !== null);
    return { findings: findings.map((finding, index) => withCheck(finding, checks[index])), commands };
  };
}

interface Turn {
  session: SandboxSession;
  input: EvidenceInput;
  log: (command: LoggedCommand) => void;
}

async function checksOf(
  turn: Turn,
  cut: CutFrames | null,
  whole: boolean,
  partial: boolean,
): Promise<EvidenceCheck[]> {
  const { findings } = turn.input;
  const none = (why: string): EvidenceCheck[] => findings.map(() => notChecked(why));
  if (partial) return none('The capture could not be read as a whole, so its counts have no second reading.');
  try {
    if (whole) return await checkWhole(turn);
    return cut === null ? none(TOO_LARGE) : await checkCited(turn, cut);
  } catch (error) {
    throwIfCancelled(turn.input.signal);
    if (error instanceof CapwrightError) return none('The sandbox or the file failed during the check.');
    throw error;
  }
}

const TOO_LARGE = 'The capture is too large to be read once more unasked: ask for verify.';

const withCheck = (finding: Finding, check: EvidenceCheck = notChecked(NOT_AMONG_GRAVEST)): Finding => ({
  ...finding,
  ...(check.result === 'mismatch' ? contradicted(finding, check.note) : {}),
  evidenceCheck: check,
});

const NOT_AMONG_GRAVEST = 'Only the gravest findings were checked: ask for verify.';

async function checkWhole(turn: Turn): Promise<EvidenceCheck[]> {
  const { findings, full, bytes, packets, onProgress } = turn.input;
  const asked = full ? findings : findings.slice(0, MAX_UNASKED);
  const batches = batchesOf(asked);
  const checks: EvidenceCheck[] = [];
  for (const [index, batch] of batches.entries()) {
    const from = index / batches.length;
    const tell = (read: number): void =>
      onProgress({
        fraction: packets === 0 ? null : from + Math.min(read / packets, 1) / batches.length,
        message: `Checking the evidence of ${asked.length} findings: ${read} packets read`,
      });
    checks.push(
      ...(await checkBatch(turn, batch, {
        path: CAPTURE_PATH,
        timeoutMs: full ? passMs(bytes) : UNASKED_MS,
        ...(full ? { onPackets: tell } : {}),
      })),
    );
  }
  return checks;
}

async function checkBatch(
  { session, input, log }: Turn,
  batch: readonly Finding[],
  how: Pick<Counting, 'path' | 'timeoutMs' | 'onPackets'>,
): Promise<EvidenceCheck[]> {
  const filters = batch.flatMap((finding) => {
    const { all, cited, upToLast } = askedOf(finding);
    return [all, cited, upToLast];
  });
  const answer = await countMatches(session, { ...how, filters, signal: input.signal }, log);
  if ('problem' in answer) return batch.map(() => notChecked(answer.problem));
  return batch.map((finding, index) => {
    const [all = null, cited = null, upToLast = null] = answer.counts.slice(3 * index);
    return judgeWhole(finding, { all, cited, upToLast });
  });
}

/** So many findings, and so many characters of their filters, as one command line takes. */
function batchesOf(findings: readonly Finding[]): Finding[][] {
  const batches: Finding[][] = [];
  let characters = 0;
  for (const finding of findings) {
    const batch = batches.at(-1);
    const length = 3 * finding.filter.length;
    if (batch === undefined || batch.length >= MAX_PER_RUN || characters + length > MAX_CHARACTERS_PER_RUN) {
      batches.push([finding]);
      characters = length;
    } else {
      batch.push(finding);
      characters += length;
    }
  }
  return batches;
}

async function checkCited({ session, input, log }: Turn, cut: CutFrames): Promise<EvidenceCheck[]> {
  const { signal } = input;
  const [findings = []] = batchesOf(input.findings);
  const wanted = [...new Set(findings.flatMap(({ frames }) => frames))].toSorted((a, b) => a - b);
  const { chunks, frames, complete } = await cut({ frames: wanted, most: MAX_CUT_FRAMES }, signal);
  const present = new Map(frames.map((frame, index) => [frame, index + 1]));
  const filters = findings.map((finding) => {
    const filter = inCut(finding.filter, frames);
    const places = finding.frames.map((frame) => present.get(frame) ?? 0);
    return filter === null || places.includes(0) ? null : `${isOneOf(places)} && (${filter})`;
  });
  const answer = await countMatches(
    session,
    {
      path: '-',
      stdin: chunks,
      filters: filters.filter((filter) => filter !== null),
      timeoutMs: UNASKED_MS,
      signal,
    },
    log,
  );
  if ('problem' in answer) return findings.map(() => notChecked(answer.problem));
  const counts = answer.counts.values();
  return findings.map((finding, index) => {
    if (filters[index] === null) return notChecked(NEEDS_ALL);
    const check = judgeCited(finding, counts.next().value ?? null);
    const isSure = check.result === 'confirmed' || finding.frames.every((frame) => complete.has(frame));
    return isSure ? check : notChecked(NEEDS_ALL);
  });
}

const NEEDS_ALL =
  'What its filter asks for cannot be told from the frames cited and those shortly before them: ask for verify.';
