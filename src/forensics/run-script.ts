import type { LoggedCommand, ScriptResult } from '../domain/analysis.ts';
import { harmlessText } from '../domain/harmless.ts';
import type { RunCommand, RunResult, SandboxSession } from '../ports.ts';
import { CHECK_ARGV, type ScriptChecker } from './plan/check-script.ts';
import { type Failure, failureOf, sourceAt } from './plan/failure.ts';
import { judgeExit, OUTPUT_BYTES } from './plan/judge-exit.ts';
import { judgeOutput } from './plan/judge-output.ts';
import { type Observed, observedIn, PRELUDE_PATH, preludeFor } from './plan/observe.ts';
import type { Objection, ReadScript } from './plan/rules.ts';

/** Where the script of an attempt lies in the sandbox. */
export const SCRIPT_PATH = '/workspace/plan.sh';

/** Room for the notes of the prelude beside what the script may print. */
const MAX_OUTPUT_BYTES = 2 * OUTPUT_BYTES;
const SHORT_MS = 15_000;

export interface ScriptRun {
  /** Two entries: chmod, then the run, or the check that ended the attempt. */
  results: [ScriptResult, ScriptResult];
  commands: LoggedCommand[];
  /** null: it worked. */
  failure: Failure | null;
  /** What was read of the script; null where it was not checked, or its syntax is wrong. */
  read: ReadScript | null;
  /** The sandbox is gone; another attempt in this session makes no sense. */
  lost: boolean;
}

export interface Attempt {
  script: string;
  /** null: it is known to be sound, as the playbook is. */
  checker: ScriptChecker | null;
  attempt: number;
  timeoutMs: number;
  /** Unpredictable; marks what was noted about the script's commands. */
  nonce: string;
  /** Whether the capture file is cut short or broken. */
  damaged: boolean;
  signal: AbortSignal;
}

/**
 * One attempt: upload, chmod, syntax and other checks, run. A script that fails a check is not run. Output is kept
 * whether it worked or not, with terminal escapes and active markup removed, and secrets
 * masked. Throws only what the session throws.
 */
export async function runScript(session: SandboxSession, attempt: Attempt): Promise<ScriptRun> {
  const { script, checker } = attempt;
  await upload(session, preludeFor(script, attempt.nonce), PRELUDE_PATH);
  await upload(session, script, SCRIPT_PATH);
  const commands: LoggedCommand[] = [];
  const run: Run = async (step, argv, timeoutMs, more = {}) => {
    const { signal } = attempt;
    const result = await session.run({ argv, timeoutMs, maxOutputBytes: MAX_OUTPUT_BYTES, signal, ...more });
    commands.push(logged(step, argv, result));
    return { argv, result };
  };

  const chmod = await run('script', ['chmod', '+x', SCRIPT_PATH], SHORT_MS);
  const checked = checker === null ? UNCHECKED : await check(run, checker, script);
  const ran = checked.failure === null ? await runChecked(run, attempt, commands) : null;
  const last = ran ?? checked.ran ?? chmod;
  return {
    results: [entry(attempt.attempt, chmod), entry(attempt.attempt, last)],
    commands,
    failure: ran === null ? checked.failure : ran.failure,
    read: checked.read,
    lost: [chmod, checked.ran, last].some((step) => step?.result.outcome === 'engine_gone'),
  };
}

const upload = (session: SandboxSession, text: string, path: string) =>
  session.uploadBytes(new TextEncoder().encode(text), path);

interface Ran {
  argv: readonly string[];
  result: RunResult;
}

type Run = (
  step: string,
  argv: readonly string[],
  timeoutMs: number,
  more?: Partial<RunCommand>,
) => Promise<Ran>;

interface Checked {
  failure: Failure | null;
  read: ReadScript | null;
  /** What ended the attempt, or would have. */
  ran: Ran | null;
}

const UNCHECKED: Checked = { failure: null, read: null, ran: null };

async function check(run: Run, checker: ScriptChecker, script: string): Promise<Checked> {
  const syntax = await run('check', ['/bin/bash', '-n', SCRIPT_PATH], SHORT_MS);
  if (syntax.result.isError || syntax.result.exitCode !== 0) {
    const said = harmlessText(syntax.result.stderr)
      .replaceAll(`${SCRIPT_PATH}: `, '')
      .split('\n')
      .slice(0, 6);
    const failure = failureOf('bash -n found a syntax error; it was not run.', said);
    return { failure, read: null, ran: syntax };
  }
  let ran: Ran = { ...syntax, argv: CHECK_ARGV };
  const { read, objections } = await checker.check(script, async (argv, stdin, timeoutMs) => {
    ran = await run('check', argv, timeoutMs, { stdin });
    return ran.result;
  });
  if (objections.length === 0) return { failure: null, read, ran };
  const details = objections.map(({ line, text }) => `line ${line}: ${text}\n${sourceAt(script, line)}`);
  return {
    failure: failureOf('It failed a check and was not run.', details),
    read,
    ran: refusal(ran, objections),
  };
}

/** The check as an entry of the results: what it objects to stands where a program would say it. */
function refusal({ argv, result }: Ran, objections: readonly Objection[]): Ran {
  const stderr = objections.map(({ line, text }) => `plan.sh: line ${line}: ${text}`).join('\n');
  return { argv, result: { ...result, stdout: '', stderr, exitCode: 1, isError: true } };
}

async function runChecked(
  run: Run,
  { script, nonce, timeoutMs, damaged }: Attempt,
  commands: LoggedCommand[],
): Promise<Ran & { failure: Failure | null }> {
  const env = { BASH_ENV: PRELUDE_PATH };
  const { argv, result } = await run('script', ['/bin/bash', SCRIPT_PATH], timeoutMs, { env });
  const observed = observedIn(result.stderr, nonce);
  commands.push(...inScript(observed, result));
  return {
    argv,
    result: { ...result, stdout: result.stdout.slice(0, OUTPUT_BYTES), stderr: observed.stderr },
    failure:
      judgeExit({ script, result, observed, timeoutMs }) ??
      judgeOutput({ script, stdout: result.stdout, observed, damaged }),
  };
}

const MAX_IN_SCRIPT = 60;

function inScript({ commands }: Observed, { outcome, durationMs }: RunResult): LoggedCommand[] {
  return commands.slice(0, MAX_IN_SCRIPT).map((command) => ({
    step: 'in script',
    command: `plan.sh line ${command.line}: ${harmlessText(command.command)}`,
    exitCode: command.exitCode,
    outcome: command.exitCode === null ? outcome : 'exit',
    durationMs: command.durationMs ?? durationMs,
    stdoutBytes: null,
    truncated: false,
  }));
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
