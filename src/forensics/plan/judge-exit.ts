import type { RunResult } from '../../ports.ts';
import { type Failure, failureOf, sourceAt } from './failure.ts';
import type { Observed, ObservedCommand } from './observe.ts';

/** What a run may print, in bytes. */
export const OUTPUT_BYTES = 256 * 1024;

export interface EndedRun {
  script: string;
  result: RunResult;
  observed: Observed;
  timeoutMs: number;
}

/** What went wrong where a run did not come to its own good end; null where it ended with exit code 0. */
export function judgeExit({ script, result, observed, timeoutMs }: EndedRun): Failure | null {
  switch (result.outcome) {
    case 'timeout':
      return failureOf(
        `It ran longer than ${Math.round(timeoutMs / 1000)} s and was ended.`,
        observed.commands.map(howLong),
      );
    case 'out_of_memory':
      return failureOf(
        'It needed more memory than the sandbox allows and was ended.',
        observed.commands.map(howLong),
      );
    case 'output_overflow':
      return failureOf(TOO_MUCH);
    case 'crash':
      return failureOf('A program in it crashed.', whereItFailed(script, observed, result.exitCode));
    case 'engine_gone':
      return failureOf('The sandbox ended while it ran.');
    case 'cancelled':
      return failureOf('The analysis was cancelled.');
    case 'exit':
      if (result.exitCode !== 0) {
        return failureOf(
          problemOf(result.exitCode, observed),
          whereItFailed(script, observed, result.exitCode),
          lastLine(observed.stderr),
        );
      }
      return result.stdoutBytes > OUTPUT_BYTES ? failureOf(TOO_MUCH) : null;
  }
}

const TOO_MUCH = `It printed more than ${OUTPUT_BYTES / 1024} KiB.`;

const KNOWN_EXITS: Record<number, string> = {
  126: 'a file could not be executed (the workspace is noexec)',
  127: 'a command does not exist in the sandbox',
  141: 'a reader such as head closed a pipe early under pipefail',
};

function problemOf(exitCode: number | null, observed: Observed): string {
  const [first, ...others] =
    observed.failures.findLast((failure) => failure.exitCode === exitCode)?.statuses ?? [];
  const inPipe = first === exitCode && others.length > 0 && others.every((status) => status === 0);
  const known =
    (exitCode === null ? undefined : KNOWN_EXITS[exitCode]) ??
    (inPipe ? 'the first command of a pipeline failed, or its reader closed the pipe early' : undefined);
  return `It ended with exit code ${exitCode ?? 'unknown'}${known === undefined ? '' : `: ${known}`}.`;
}

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1) ?? '';

/** The commands that ended the script, innermost first, or what bash itself said of it. */
function whereItFailed(script: string, observed: Observed, exitCode: number | null): string[] {
  const last = observed.failures.findLastIndex((failure) => failure.exitCode === exitCode);
  if (last >= 0) {
    const burst = observed.failures.slice(Math.max(0, last - 2), last + 1);
    const lines = new Map(
      burst.filter((failure) => failure.exitCode === exitCode).map((failure) => [failure.line, failure]),
    );
    return [...lines.values()].map(({ line, statuses, command }) => {
      const each = statuses.length > 1 ? ` (the commands of its pipeline: ${statuses.join(', ')})` : '';
      return `line ${line}: exit code ${exitCode}${each}: ${command}\n${sourceAt(script, line)}`;
    });
  }
  const said = [...observed.stderr.matchAll(/plan\.sh: line (\d+): ([^\n]*)/g)].at(-1);
  return said === undefined ? [] : [`line ${said[1]}: ${said[2]}\n${sourceAt(script, Number(said[1]))}`];
}

function howLong({ line, command, exitCode, durationMs }: ObservedCommand): string {
  const took = durationMs === null ? 'was still running' : `took ${(durationMs / 1000).toFixed(1)} s`;
  return `line ${line}: ${took}${exitCode === null || exitCode === 0 ? '' : `, exit code ${exitCode}`}: ${command}`;
}
