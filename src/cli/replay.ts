import { parseArgs } from 'node:util';
import { createForensics, createReplayOf } from '../app.ts';
import { CapwrightError } from '../domain/errors.ts';
import { harmlessText } from '../domain/harmless.ts';
import { inertJson } from '../domain/inert-json.ts';
import type { ReplayedRun } from '../domain/replay.ts';
import { oneLine } from '../server/one-line.ts';
import { UsageError, type Command } from './command.ts';
import { createProgressLine } from './progress-line.ts';
import { COMMON_OPTIONS, configOf, logOf } from './setting-up.ts';

const MAX_LINE = 1000;

/** `capwright replay TASK`: 0 the same, 1 different, 2 it could not be compared. */
export const replay: Command = async (args, shell) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...COMMON_OPTIONS,
      capture: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [id, ...rest] = positionals;
  if (id === undefined || rest.length > 0) {
    throw new UsageError('replay takes one TASK');
  }
  const progress = createProgressLine(shell);
  const config = configOf(values, shell);
  const log = logOf(shell, 'error');
  const forensics = createForensics(config, log);
  try {
    const again = createReplayOf(config, forensics, log);
    const call = { signal: shell.stop, progress: progress.show };
    const runs = (await again({ id, capture: values.capture ?? null }, call)).map(withCleanDiff);
    progress.end();
    const same = runs.every((run) => run.same);
    shell.stdout.write(values.json ? `${inertJson({ task: id, same, runs }, 2)}\n` : textOf(runs));
    return same ? 0 : 1;
  } catch (error) {
    if (!(error instanceof CapwrightError)) throw error;
    progress.end();
    shell.stderr.write(`capwright: ${oneLine(`${error.message} ${error.next}`, MAX_LINE)}\n`);
    return 2;
  } finally {
    progress.end();
    forensics.close();
  }
};

/** Every line of a script's output has a sign before it, so that none passes for one of ours. */
function textOf(runs: readonly ReplayedRun[]): string {
  return runs.flatMap(linesOf).concat(HOW, '').join('\n');
}

const HOW =
  'Compared character by character as results are kept: terminal escapes and active markup removed, secrets masked.';

function linesOf({ machine, same, exitCode, stdout, stderrSame, tools, capture }: ReplayedRun): string[] {
  return [
    `${machine === null ? '' : `${oneLine(machine, MAX_LINE)}: `}${same ? 'the same' : 'DIFFERENT'}: exit code ${shown(exitCode)}, stdout ${stdout.same ? 'the same' : 'different'} (${stdout.keptChars} characters kept, ${stdout.nowChars} now)`,
    ...stdout.diff.map((line) => `  ${line}`),
    ...(stderrSame ? [] : ['  stderr differs, which does not count']),
    `  capture ${oneLine(capture.path, MAX_LINE)}, SHA-256 ${capture.sha256}`,
    ...(tools.kept === tools.now
      ? [`  ${oneLine(tools.now, MAX_LINE)}`]
      : [`  kept with ${oneLine(tools.kept, MAX_LINE)}`, `  run now with ${oneLine(tools.now, MAX_LINE)}`]),
  ];
}

/** What was kept lies in a file that others may have written to since: it is cleaned as if it had never been. */
function withCleanDiff(run: ReplayedRun): ReplayedRun {
  const diff = run.stdout.diff.map((line) => harmlessText(line).replaceAll(/[\r\n]+/g, ' '));
  return { ...run, stdout: { ...run.stdout, diff } };
}

const shown = ({ kept, now }: ReplayedRun['exitCode']): string =>
  kept === now ? `${now ?? 'none'} as kept` : `${kept ?? 'none'} kept, ${now ?? 'none'} now`;
