import type { ScriptResult } from './analysis.ts';

/** What one run of a script left; output as results keep it: no escapes, nothing active, secrets masked. */
export type ScriptRun = Pick<ScriptResult, 'stdout' | 'stderr' | 'exitCode'>;

/** The kept run of a script beside another one of the same script. */
export interface ReplayedRun {
  /** Machine of a scale set, or null. */
  machine: string | null;
  /** Whether exit code and stdout are the same, character by character. */
  same: boolean;
  exitCode: { kept: number | null; now: number | null };
  stdout: { same: boolean; keptChars: number; nowChars: number; diff: string[] };
  /** Told, but no part of `same`: programs put times and versions there. */
  stderrSame: boolean;
  /** Which tools printed it. */
  tools: { kept: string; now: string };
  capture: { path: string; sha256: string };
}

const MAX_DIFF_LINES = 60;
const MAX_LINE = 240;

/** Compares two runs; nothing is sorted, trimmed or rounded before. */
export function compareRuns(
  kept: ScriptRun,
  now: ScriptRun,
): Pick<ReplayedRun, 'same' | 'exitCode' | 'stdout' | 'stderrSame'> {
  const sameOutput = kept.stdout === now.stdout;
  return {
    same: sameOutput && kept.exitCode === now.exitCode,
    exitCode: { kept: kept.exitCode, now: now.exitCode },
    stdout: {
      same: sameOutput,
      keptChars: kept.stdout.length,
      nowChars: now.stdout.length,
      diff: sameOutput ? [] : diffOf(kept.stdout.split('\n'), now.stdout.split('\n')),
    },
    stderrSame: kept.stderr === now.stderr,
  };
}

/** What stands between the lines that both begin with and those that both end in: `-` kept, `+` now. */
function diffOf(kept: readonly string[], now: readonly string[]): string[] {
  const most = Math.min(kept.length, now.length);
  let before = 0;
  while (before < most && kept[before] === now[before]) before += 1;
  let after = 0;
  while (after < most - before && kept.at(-1 - after) === now.at(-1 - after)) after += 1;
  return [
    `@@ from line ${before + 1} @@`,
    ...marked('-', kept.slice(before, kept.length - after)),
    ...marked('+', now.slice(before, now.length - after)),
  ];
}

function marked(sign: '-' | '+', lines: readonly string[]): string[] {
  const shown = lines.slice(0, MAX_DIFF_LINES).map((line) => `${sign}${line.slice(0, MAX_LINE)}`);
  const left = lines.length - shown.length;
  return left === 0 ? shown : [...shown, `${sign}… ${left} more lines`];
}

/** Runs a script once more in a new sandbox on a capture. */
export type Rerun = (input: {
  path: string;
  bytes: number;
  script: string;
  /** Whether a model was at work, to whom no secret of the capture was shown: they are masked in the output again. */
  byModel: boolean;
  signal: AbortSignal;
}) => Promise<ScriptRun & { tools: string }>;

export interface ReplayRequest {
  /** Id of a task, or of an analysis without one. */
  id: string;
  /** A copy of the capture, where it is not any more where it was. */
  capture: string | null;
}
