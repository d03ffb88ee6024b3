import type { LoggedCommand } from '../../../domain/analysis.ts';
import type { RunResult, SandboxSession } from '../../../ports.ts';
import { createLineReader } from '../lines.ts';
import { readPacket, type Packet } from '../packet.ts';
import { logged } from '../pass.ts';
import { mustGoOn } from '../reading.ts';
import type { DeepBudget } from './deep-lane.ts';
import { createRowFiller, deepArgv, numberOf } from './deep-rows.ts';
import type { Subset } from './subset.ts';
import type { TakenPacket } from './taken-packets.ts';

export interface SubsetRunOptions {
  /** Further options of tshark. */
  further: readonly string[];
  /** Shares whose packets it is not given. */
  without: ReadonlySet<number>;
  timeoutMs: number;
}

/** tshark once over the subset, as far as it came. */
export interface SubsetRun {
  result: RunResult;
  /** Packets of the subset whose lines came back, and the packet behind the last of them; null where that was the last. */
  lines: number;
  next: TakenPacket | null;
  /** Lines that could not be read. */
  unreadable: number;
}

/** Runs tshark over the subset; only CANCELLED and a lost sandbox throw, and what `onPacket` throws. */
export type RunSubset = (options: SubsetRunOptions) => Promise<SubsetRun>;

interface RunnerOptions {
  session: SandboxSession;
  signal: AbortSignal;
  subset: Subset;
  commands: LoggedCommand[];
  budget: DeepBudget;
  /** Hears of every packet once, whatever number of runs told of it. */
  onPacket: (packet: Packet, taken: TakenPacket) => void;
}

const MEBIBYTE = 1024 * 1024;
const BASE_OUTPUT = 64 * MEBIBYTE;
/** As for a pass over a whole file: a row of a small packet takes several times the bytes of the packet. */
const OUTPUT_PER_BYTE = 32;

export function createSubsetRunner(options: RunnerOptions): RunSubset {
  const { session, signal, subset, commands, budget, onPacket } = options;
  const fill = createRowFiller();
  let told = 0;

  return async ({ further, without, timeoutMs }) => {
    const numbers = without.size === 0 ? null : included(subset, without);
    const inSubset = (number: number): number => (numbers === null ? number : (numbers[number - 1] ?? 0));
    let lines = 0;
    let unreadable = 0;
    const reader = createLineReader((line) => {
      const number = numberOf(line);
      const place = number === null ? 0 : inSubset(number);
      const taken = subset.at(place);
      if (number === null || taken === null) {
        unreadable += 1;
        return;
      }
      lines = number;
      if (place <= told) return;
      told = place;
      const row = fill(line, taken);
      const packet = row === null ? null : readPacket(row);
      if (packet === null) unreadable += 1;
      else onPacket({ ...packet, payload: () => subset.payload(place) }, taken);
    });
    const argv = deepArgv(further);
    const result = await session.run({
      argv,
      timeoutMs,
      maxOutputBytes: BASE_OUTPUT + budget.bytes * OUTPUT_PER_BYTE,
      stdin: subset.chunks(without),
      onStdout: (chunk) => reader.push(chunk),
      signal,
    });
    commands.push(logged(argv, result));
    mustGoOn(result, signal);
    // Where it was stopped in the middle of a line, that line is none.
    if (result.outcome === 'exit') reader.end();
    return { result, lines, next: subset.at(inSubset(lines + 1)), unreadable: unreadable + reader.tooLong() };
  };
}

/** Numbers of the packets of other shares, in order. */
function included(subset: Subset, without: ReadonlySet<number>): number[] {
  const numbers: number[] = [];
  for (let number = 1; number <= subset.packets; number += 1) {
    const share = subset.at(number)?.share;
    if (share !== undefined && !without.has(share)) numbers.push(number);
  }
  return numbers;
}
