import type { LoggedCommand, ScriptResult } from '../domain/analysis.ts';
import { harmlessText } from '../domain/harmless.ts';
import type { RunResult, SandboxSession } from '../ports.ts';

/** Where the script of an attempt lies in the sandbox. */
export const SCRIPT_PATH = '/workspace/plan.sh';

const MAX_OUTPUT_BYTES = 256 * 1024;
const SHORT_MS = 15_000;

export interface ScriptRun {
  /** Two entries: chmod, then the run, or the syntax check where that ended the attempt. */
  results: [ScriptResult, ScriptResult];
  commands: LoggedCommand[];
  /** null: it worked. Otherwise what went wrong, in our own words. */
  problem: string | null;
  /** The sandbox is gone; another attempt in this session makes no sense. */
  lost: boolean;
}

interface Attempt {
  script: string;
  /** Whether its syntax is known to be sound, as the playbook's is. */
  sound: boolean;
  attempt: number;
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * One attempt: upload, chmod, syntax check unless the script is sound, run. Output is kept whether it worked or not, with terminal escapes
 * and active markup removed, and secrets masked. Throws only what the session throws.
 */
export async function runScript(session: SandboxSession, attempt: Attempt): Promise<ScriptRun> {
  await session.uploadBytes(new TextEncoder().encode(attempt.script), SCRIPT_PATH);
  const commands: LoggedCommand[] = [];
  const run = async (step: string, argv: readonly string[], timeoutMs: number) => {
    const result = await session.run({
      argv,
      timeoutMs,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      signal: attempt.signal,
    });
    commands.push(logged(step, argv, result));
    return { argv, result };
  };

  const chmod = await run('script', ['chmod', '+x', SCRIPT_PATH], SHORT_MS);
  const check = attempt.sound ? null : await run('check', ['/bin/bash', '-n', SCRIPT_PATH], SHORT_MS);
  const wrong = check !== null && (check.result.isError || check.result.exitCode !== 0);
  const last = wrong ? check : await run('script', ['/bin/bash', SCRIPT_PATH], attempt.timeoutMs);
  return {
    results: [entry(attempt.attempt, chmod), entry(attempt.attempt, last)],
    commands,
    problem: problemOf(last.result, wrong, attempt.timeoutMs),
    lost: [chmod, check, last].some((step) => step?.result.outcome === 'engine_gone'),
  };
}

interface Ran {
  argv: readonly string[];
  result: RunResult;
}

function entry(attempt: number, { argv, result }: Ran): ScriptResult {
  return {
    attempt,
    command: argv.join(' '),
    stdout: harmlessText(result.stdout),
    stderr: harmlessText(result.stderr),
    exitCode: result.exitCode,
    isError: result.isError || result.exitCode !== 0,
  };
}

export function logged(step: string, argv: readonly string[], result: RunResult): LoggedCommand {
  return {
    step,
    command: argv.join(' '),
    exitCode: result.exitCode,
    outcome: result.outcome,
    durationMs: result.durationMs,
    stdoutBytes: result.stdoutBytes,
    truncated: result.truncated,
  };
}

function problemOf(result: RunResult, syntax: boolean, timeoutMs: number): string | null {
  switch (result.outcome) {
    case 'timeout':
      return `It ran longer than ${Math.round(timeoutMs / 1000)} s and was ended.`;
    case 'out_of_memory':
      return 'It needed more memory than the sandbox allows and was ended.';
    case 'output_overflow':
      return `It printed more than ${MAX_OUTPUT_BYTES / 1024} KiB and was ended.`;
    case 'crash':
      return 'A program in it crashed.';
    case 'engine_gone':
      return 'The sandbox ended while it ran.';
    case 'cancelled':
      return 'The analysis was cancelled.';
    case 'exit':
      return problemOfExit(result, syntax);
  }
}

const KNOWN_EXITS: Record<number, string> = {
  126: 'a file could not be executed (the workspace is noexec)',
  127: 'a command does not exist in the sandbox',
  141: 'a reader such as head closed a pipe early under pipefail',
};

function problemOfExit({ exitCode, stdout }: RunResult, syntax: boolean): string | null {
  if (syntax) return 'bash -n found a syntax error; it was not run.';
  if (exitCode !== 0) {
    const known = exitCode === null ? undefined : KNOWN_EXITS[exitCode];
    return `It ended with exit code ${exitCode ?? 'unknown'}${known === undefined ? '' : `: ${known}`}.`;
  }
  return stdout.trim() === '' ? 'It ended with exit code 0 but printed nothing.' : null;
}
