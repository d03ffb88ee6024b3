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
  if (/damaged or corrupt/.test(result.stderr)) return `A packet record in the file is damaged; ${reach}`;
  return `The file could not be read to its end; ${reach}`;
}

/** A sentence for a pass that one of our limits or a crash ended; null where it ended by itself. */
export function cutOffNote(result: RunResult): string | null {
  switch (result.outcome) {
    case 'exit':
      return null;
    case 'timeout':
      return 'The measurement reached its time limit: it covers the packets counted here, not the whole file.';
    case 'out_of_memory':
      return 'The measurement reached its memory limit: it covers the packets counted here, not the whole file.';
    case 'output_overflow':
      return 'The measurement reached its output limit: it covers the packets counted here, not the whole file.';
    case 'crash':
      return 'tshark crashed on this file: the measurement covers the packets counted here.';
    case 'cancelled':
      throw new CapwrightError('CANCELLED', 'The analysis was cancelled.', 'Ask for it again.');
    case 'engine_gone':
      throw new CapwrightError(
        'SANDBOX_FAILED',
        'The sandbox went away while the capture was being measured.',
        'Ask for the analysis again; if it happens again, run capwright doctor.',
      );
  }
}
