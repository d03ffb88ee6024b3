import type { CaptureFacts } from '../domain/facts.ts';
import type { Finding } from '../domain/finding.ts';
import { CAPTURE_PATH, type SandboxSession } from '../ports.ts';
import type { ScriptChecker } from './plan/check-script.ts';
import { type Failure, failureOf } from './plan/failure.ts';
import { filtersToCount, missedBy } from './plan/judge-filters.ts';
import { filtersOf } from './plan/rules.ts';
import { runScript, type ScriptRun } from './run-script.ts';
import { countMatches } from './verify/count-matches.ts';

/** What a script is tried on, and held against. */
export interface Trial {
  session: SandboxSession;
  facts: Pick<CaptureFacts, 'capture' | 'protocols'>;
  findings: readonly Finding[];
  nonce: string;
  scriptTimeoutMs: number;
  signal: AbortSignal;
}

/** Beyond this, one more reading of the capture costs more than it may tell. */
const COUNTING_BYTES = 16 * 1024 * 1024;
const COUNTING_MS = 20_000;

/**
 * One attempt with a script, from its upload to the verdict: what it printed, and whether it found what the facts say is
 * there. Throws only what the session throws, and CANCELLED.
 */
export async function tryScript(
  trial: Trial,
  script: string,
  attempt: number,
  checker: ScriptChecker | null,
): Promise<ScriptRun> {
  const run = await runScript(trial.session, {
    script,
    checker,
    attempt,
    timeoutMs: trial.scriptTimeoutMs,
    nonce: trial.nonce,
    damaged: trial.facts.capture.damaged !== null,
    signal: trial.signal,
  });
  const failure = run.failure ?? (await missed(trial, run));
  return { ...run, failure };
}

async function missed(trial: Trial, run: ScriptRun): Promise<Failure | null> {
  const { session, findings, facts, signal } = trial;
  const expected = { findings, protocols: facts.protocols };
  const lines = run.read === null ? new Map<string, number>() : filtersOf(run.read.calls);
  const filters = filtersToCount(lines, expected);
  if (filters.length === 0 || facts.capture.bytes > COUNTING_BYTES) return null;
  const counting = { path: CAPTURE_PATH, filters, timeoutMs: COUNTING_MS, signal };
  const answer = await countMatches(session, counting, (command) =>
    run.commands.push({ ...command, step: 'check' }),
  );
  if ('problem' in answer) return null;
  const counted = filters.map((filter, index) => ({
    filter,
    line: lines.get(filter) ?? 0,
    matches: answer.counts[index] ?? null,
  }));
  const details = missedBy(counted, expected);
  return details.length === 0 ? null : failureOf(MISSED, details);
}

const MISSED =
  'It ended with exit code 0, but a filter in it matches nothing although the measured facts say there is something.';
