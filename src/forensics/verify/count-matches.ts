import type { LoggedCommand } from '../../domain/analysis.ts';
import type { RunResult, SandboxSession } from '../../ports.ts';
import { throwIfCancelled } from '../failures.ts';
import { createLineReader } from '../measure/lines.ts';
import { logged } from '../run-script.ts';

export interface Counting {
  /** A capture in the sandbox, or `-` for what is on `stdin`. */
  path: string;
  stdin?: AsyncIterable<Uint8Array>;
  filters: readonly string[];
  timeoutMs: number;
  signal: AbortSignal;
  /** Hears how many packets tshark has read, every PROGRESS_EVERY packets. */
  onPackets?: (packets: number) => void;
}

/** How many frames each filter matches, in their order, null for one that tshark refuses; or why that is not known. */
export type Counts = { counts: readonly (number | null)[] } | { problem: string };

const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
/** How often progress is told, in packets. */
export const PROGRESS_EVERY = 20_000;

/**
 * Asks tshark in one run how many frames each display filter matches. Length statistics are the one tap that takes any
 * filter as it is; each costs an evaluation per packet, and the packets are dissected once for all. Throws CANCELLED, and
 * what the session throws.
 */
export async function countMatches(
  session: SandboxSession,
  counting: Counting,
  log: (command: LoggedCommand) => void,
): Promise<Counts> {
  const { filters, timeoutMs, signal, stdin, onPackets } = counting;
  const argv = argvOf(counting);
  const found: number[] = [];
  const lines = createLineReader((line) => {
    const total = /^Packet Lengths +(\d+)/.exec(line)?.[1];
    if (total !== undefined) found.push(Number(total));
    else if (/^ *\d+ *$/.test(line)) onPackets?.(Number(line));
  });
  const result = await session.run({
    argv,
    timeoutMs,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    onStdout: (chunk) => lines.push(chunk),
    signal,
    ...(stdin === undefined ? {} : { stdin }),
  });
  lines.end();
  log(logged('verify', argv, result));
  throwIfCancelled(signal);
  const counts = assigned(filters, found, result.stderr);
  return counts === null ? { problem: problemOf(result, timeoutMs) } : { counts };
}

/**
 * The counts printed, each to its filter; null where they do not add up. tshark goes on without a filter that it refuses,
 * and says which. A damaged file ends with an error behind its last readable packet, but the counts are printed all the same.
 */
function assigned(
  filters: readonly string[],
  printed: readonly number[],
  stderr: string,
): (number | null)[] | null {
  const taken = filters.filter((filter) => !stderr.includes(`Filter "${filter}" is invalid`));
  if (printed.length !== taken.length + 2) return null;
  const counts = inOrder(printed).slice(1, -1).values();
  const isTaken = new Set(taken);
  return filters.map((filter) => (isTaken.has(filter) ? (counts.next().value ?? null) : null));
}

function problemOf({ outcome }: RunResult, timeoutMs: number): string {
  switch (outcome) {
    case 'exit':
      return 'tshark gave no counts.';
    case 'timeout':
      return `tshark took longer than ${Math.round(timeoutMs / 1000)} s and was ended.`;
    case 'out_of_memory':
      return 'tshark needed more memory than the sandbox allows.';
    case 'crash':
      return 'tshark crashed.';
    case 'output_overflow':
      return 'tshark printed more than it should.';
    case 'cancelled':
    case 'engine_gone':
      return 'The sandbox ended.';
  }
}

/** Versions differ in whether the first tap asked for is printed first or last: the one that matches nothing tells which. */
const inOrder = (counts: readonly number[]): readonly number[] =>
  counts[0] === 0 && counts.at(-1) !== 0 ? counts.toReversed() : counts;

function argvOf({ path, filters, onPackets }: Counting): string[] {
  // Every so many packets one line with nothing but the frame's number: a pass says where it is at no cost.
  const shown =
    onPackets === undefined
      ? ['-q']
      : ['-l', '-o', 'gui.column.format:"n","%m"', '-Y', `frame.number % ${PROGRESS_EVERY} == 0`];
  const asked = ['frame', ...filters, 'frame.number == 0'];
  return ['tshark', '-n', ...shown, '-r', path, ...asked.flatMap((filter) => ['-z', `plen,tree,${filter}`])];
}
