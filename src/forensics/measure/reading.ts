import { CapwrightError } from '../../domain/errors.ts';
import { CAPTURE_PATH, type RunResult } from '../../ports.ts';

/** What capinfos knows about the file. */
export interface FileInfo {
  /** Null where capinfos does not say. */
  packets: number | null;
  linkTypes: string[];
}

export const INFO_ARGV: readonly string[] = ['capinfos', '-M', '-E', '-c', CAPTURE_PATH];

/** Reads capinfos' words; whatever is not there stays unknown. */
export function readFileInfo(stdout: string): FileInfo {
  const packets = /^Number of packets:\s+(\d{1,15})\s*$/m.exec(stdout)?.[1];
  const single = /^File encapsulation:\s+([\w -]{1,60})$/m.exec(stdout)?.[1];
  const several = [...stdout.matchAll(/^\s+([\w /.-]{1,60}) \(\d+\)\s*$/gm)].map((match) => match[1] ?? '');
  const linkTypes =
    several.length > 0 ? several : single === undefined || single === 'per-packet' ? [] : [single];
  return { packets: packets === undefined ? null : Number(packets), linkTypes: linkTypes.slice(0, 16) };
}

/** What is wrong with the file, in our own words, when `packets` were read; null where it was read to its end. */
export function damageOf(result: RunResult, packets: number): string | null {
  if (result.outcome !== 'exit' || result.exitCode === 0) return null;
  const reach = packets === 0 ? 'no packet could be read.' : 'the packets before it were read.';
  if (/isn't a capture file/.test(result.stderr))
    return 'The file is not a capture in a format that tshark can read.';
  if (/cut short/.test(result.stderr)) return `The file ends in the middle of a record; ${reach}`;
  if (/cannot be decompressed/.test(result.stderr)) return `The file can't be unpacked to its end; ${reach}`;
  if (/damaged or corrupt/.test(result.stderr)) return `A packet record in the file is damaged; ${reach}`;
  return `The file could not be read to its end; ${reach}`;
}

/** Throws where a command has no answer that counts: CANCELLED, and SANDBOX_FAILED where the sandbox went away. */
export function mustGoOn({ outcome }: RunResult, signal: AbortSignal): void {
  if (outcome === 'cancelled' || signal.aborted) {
    throw new CapwrightError('CANCELLED', 'The analysis was cancelled.', 'Ask for it again.');
  }
  if (outcome === 'engine_gone') {
    throw new CapwrightError(
      'SANDBOX_FAILED',
      'The sandbox went away while the capture was being measured.',
      'Ask for the analysis again; if it happens again, run capwright doctor.',
    );
  }
}

/** A sentence for a pass that did not end by itself, after `read` of `expected` packets; null for one that did. */
export function cutOffNote({ outcome }: RunResult, read: number, expected: number | null): string | null {
  switch (outcome) {
    case 'exit':
      return null;
    case 'timeout':
      return `The measurement reached its time limit: ${reach(read, expected)}. To have all of it looked at, ${CUT}`;
    case 'out_of_memory':
      return `The measurement reached the sandbox's memory limit (its size stands with the isolation): ${reach(read, expected)}. To have all of it looked at, give the container engine more memory, or ${CUT}`;
    case 'output_overflow':
      return `The measurement reached its output limit: ${reach(read, expected)}. To have all of it looked at, ${CUT}`;
    case 'crash':
      return `Dissector crash: tshark crashed on this file; ${reach(read, expected)}.`;
    case 'cancelled':
    case 'engine_gone':
      return null;
  }
}

const CUT = 'cut the file with editcap -c and analyse the parts.';

/** How much of the file the measurement covers. */
export const reach = (read: number, expected: number | null): string =>
  expected === null
    ? `it covers the first ${read} packets, not the whole file`
    : `it covers ${read} of ${expected} packets`;
