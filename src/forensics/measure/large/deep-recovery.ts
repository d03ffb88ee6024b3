import type { RunSubset, SubsetRun } from './deep-run.ts';
import { nameOf } from './shares.ts';
import type { Subset } from './subset.ts';

/** How the reading of the subset ended. */
export interface DeepEnd {
  /** What tshark should have looked at and did not, and why; null where it looked at all. */
  partial: string | null;
  notes: string[];
}

interface Context {
  run: RunSubset;
  limitMs: number;
  subset: Subset;
}

/**
 * Makes the best of a first run: where tshark crashed, it is asked where, and then reads all but what runs on the ports
 * at fault; where memory ran out, it reads once more without putting segments together. What the runs before told stands.
 */
export async function recover(first: SubsetRun, context: Context): Promise<DeepEnd> {
  switch (first.result.outcome) {
    case 'crash':
      return afterCrash(context);
    case 'out_of_memory':
      return withLessMemory(first, context);
    case 'exit':
      return asFarAsItCame(first, context);
    case 'timeout':
      return { partial: `${BESIDE} reached its time limit: ${reach(first, context)}.`, notes: [] };
    case 'output_overflow':
      return { partial: `${BESIDE} reached its output limit: ${reach(first, context)}.`, notes: [] };
    case 'cancelled':
    case 'engine_gone':
      return { partial: null, notes: [] };
  }
}

const BESIDE = 'tshark, which looks at what the built-in reader leaves to it,';

const reach = ({ lines }: SubsetRun, { subset }: Context): string =>
  `it covers ${lines} of the ${subset.packets} packets that it was given`;

function asFarAsItCame(run: SubsetRun, { subset }: Context): DeepEnd {
  const { result, lines, unreadable } = run;
  const notes =
    unreadable === 0
      ? []
      : [`${unreadable} packets were dissected by tshark and their lines could not be read.`];
  if (result.exitCode === 0 && lines === subset.packets) return { partial: null, notes };
  const partial = `${BESIDE} ended early (exit code ${result.exitCode}): it covers ${lines} of the ${subset.packets} packets that it was given.`;
  return { partial, notes };
}

/** Segments that are not put together halve what tshark keeps in memory. */
const NO_REASSEMBLY = ['-o', 'tcp.desegment_tcp_streams:FALSE'];

async function withLessMemory(first: SubsetRun, context: Context): Promise<DeepEnd> {
  const options = { further: NO_REASSEMBLY, without: new Set<number>(), timeoutMs: context.limitMs };
  const second = await context.run(options);
  const coverage =
    second.result.outcome === 'exit'
      ? `from packet ${first.lines + 1} of ${context.subset.packets} on it did not put TCP segments together`
      : reach(second, context);
  const partial =
    `${BESIDE} had too little memory in the sandbox (its size stands with the isolation): ${coverage}. ` +
    'For the whole, give the container engine more memory or cut the file with editcap -c.';
  return { partial, notes: [] };
}

/** Crashes in so many protocols are got round; a file with more is made to attack. */
const MOST_ROUNDS = 4;
/** All that is spent on crashes beside the first run, in limits of one run. */
const BUDGET_RUNS = 2;
const MIN_RUN_MS = 1_000;

const CRASHED_ONCE =
  'A dissector of tshark crashed on the packets that the built-in reader leaves to it, and not when it read them once more: the measurement is whole, but the file may be made to attack tshark.';
const HOSTILE =
  'Take the file for hostile; a newer tshark may read it: rebuild the sandbox image with npm run setup.';

async function afterCrash(context: Context): Promise<DeepEnd> {
  const without = new Set<number>();
  const frames: number[] = [];
  let left = BUDGET_RUNS * context.limitMs;
  for (let round = 0; round < MOST_ROUNDS && left >= MIN_RUN_MS; round += 1) {
    // Line by line: what a crash leaves in tshark's buffer is lost, and the packet at fault is the one behind the last.
    const timeoutMs = Math.min(context.limitMs, left);
    const attempt = await context.run({ further: ['-l'], without, timeoutMs });
    left -= attempt.result.durationMs;
    const { outcome } = attempt.result;
    if (outcome === 'exit') return frames.length === 0 ? onlyOnce() : gotRound(frames, without);
    if (outcome !== 'crash') {
      const partial = `${BESIDE} crashed, and read once more did not come to the end: ${reach(attempt, context)}. ${HOSTILE}`;
      return { partial, notes: [] };
    }
    if (attempt.next === null) break;
    frames.push(attempt.next.frame);
    without.add(attempt.next.share);
  }
  const where =
    frames.length === 0 ? 'behind the last packet' : `in frame ${frames.join(', then in frame ')}`;
  const partial = `Dissector crash: ${BESIDE} crashed ${where}; what of the rest of the capture only tshark reads was not looked at. ${HOSTILE}`;
  return { partial, notes: [] };
}

const onlyOnce = (): DeepEnd => ({ partial: null, notes: [CRASHED_ONCE] });

function gotRound(frames: readonly number[], without: ReadonlySet<number>): DeepEnd {
  const names = [...without].map(nameOf);
  const partial = `Dissector crash: tshark crashed in frame ${frames.join(' and in frame ')}. It read the packets that the built-in reader leaves to it once more without ${names.join(' and ')}, so nothing inside of that was looked at behind there; everything else was. ${HOSTILE}`;
  return { partial, notes: [] };
}
