import { suspectOf, type Suspect } from './dissector-crash.ts';
import type { Pass, Passes } from './pass.ts';
import { cutOffNote, reach } from './reading.ts';

/** The best pass that could be had. */
export interface CaptureReading {
  pass: Pass;
  /** What of the capture was not measured, and why; null where all was. */
  partial: string | null;
  /** What else happened on the way. */
  notes: string[];
}

/**
 * Reads the capture with tshark. Where tshark crashes, it is asked where, and once more without the protocol at fault;
 * where memory runs out, once more without what takes most of it. Whatever happens there is a pass with what was read.
 */
export async function readCapture(passes: Passes): Promise<CaptureReading> {
  const first = await passes.measure([], passes.passMs);
  switch (first.result.outcome) {
    case 'crash':
      return afterCrash(passes, first);
    case 'out_of_memory':
      return withLessMemory(passes, first);
    case 'exit':
    case 'timeout':
    case 'output_overflow':
    case 'cancelled':
    case 'engine_gone':
      return asFarAsItCame(passes, first);
  }
}

const asFarAsItCame = (passes: Passes, pass: Pass): CaptureReading => ({
  pass,
  partial: cutOffNote(pass.result, packetsOf(pass), passes.expected),
  notes: [],
});

const packetsOf = ({ tables }: Pass): number => tables.overview.packets;

const further = (a: Pass, b: Pass): Pass => (packetsOf(b) >= packetsOf(a) ? b : a);

/** Segments that are not put together halve what tshark keeps in memory. */
const NO_REASSEMBLY = ['-o', 'tcp.desegment_tcp_streams:FALSE'];

async function withLessMemory(passes: Passes, first: Pass): Promise<CaptureReading> {
  const second = await passes.measure(NO_REASSEMBLY, passes.passMs);
  if (second.result.outcome !== 'exit') return asFarAsItCame(passes, further(first, second));
  const partial =
    'The sandbox had too little memory to put TCP segments together (its size stands with the isolation), so this was left out: ' +
    'messages longer than one segment were not read, such as TLS certificates and large HTTP requests. ' +
    'For the whole, give the container engine more memory or cut the file with editcap -c.';
  return { pass: second, partial, notes: [] };
}

/** All that is spent on a crash beside the first pass, in passes: where it was, in what, and once without that. */
const CRASH_BUDGET_PASSES = 2;

async function afterCrash(passes: Passes, first: Pass): Promise<CaptureReading> {
  let left = CRASH_BUDGET_PASSES * passes.passMs;
  const spend = <T extends { durationMs: number }>(result: T): T => {
    left -= result.durationMs;
    return result;
  };
  // Line by line: what a crash leaves in tshark's buffer is lost, so the first pass may have ended frames before it.
  const located = await passes.measure(['-l'], Math.min(passes.passMs, left));
  spend(located.result);
  if (located.result.outcome === 'exit') {
    return { pass: located, partial: null, notes: [CRASHED_ONCE] };
  }
  if (located.result.outcome !== 'crash') return asFarAsItCame(passes, further(first, located));

  const frame = packetsOf(located) + 1;
  const suspect = left < MIN_RUN_MS ? null : await suspectOf(passes, frame, left, spend);
  if (suspect === null || left < MIN_RUN_MS) return crashed(passes, located, frame, null);
  const without = await passes.measure(suspect.options, Math.min(passes.passMs, left));
  return without.result.outcome === 'exit'
    ? { pass: without, partial: switchedOff(frame, suspect), notes: [] }
    : crashed(passes, further(located, without), frame, suspect);
}

const MIN_RUN_MS = 1_000;

const CRASHED_ONCE =
  'A dissector of tshark crashed while this capture was read, and not when it was read once more: the measurement is whole, but the file may be made to attack tshark.';

const switchedOff = (frame: number, { words }: Suspect): string =>
  `Dissector crash: tshark crashed in frame ${frame}. The capture was read again with ${words} switched off, so nothing inside of that was looked at; everything else was. ${HOSTILE}`;

function crashed(passes: Passes, pass: Pass, frame: number, tried: Suspect | null): CaptureReading {
  const attempt =
    tried === null
      ? 'which protocol is at fault could not be found out'
      : `switching off ${tried.words} did not help`;
  const partial = `Dissector crash: tshark crashed in frame ${frame}, and ${attempt}; ${reach(packetsOf(pass), passes.expected)}. ${HOSTILE}`;
  return { pass, partial, notes: [] };
}

const HOSTILE =
  'Take the file for hostile; a newer tshark may read it: rebuild the sandbox image with npm run setup.';
