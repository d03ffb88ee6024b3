import { NO_PLANNER, type LoggedCommand, type ScriptResult } from '../domain/analysis.ts';
import { CapwrightError } from '../domain/errors.ts';
import type { Briefing } from './briefing.ts';
import { isModelFailure, isSandboxFailure, throwIfCancelled } from './failures.ts';
import { createScriptChecker, type ScriptChecker } from './plan/check-script.ts';
import { type Failure, failureOf } from './plan/failure.ts';
import type { FailedAttempt, Planner, Proposal } from './planner.ts';
import { PLAYBOOK, PLAYBOOK_NAME } from './playbook.ts';
import type { Transcript } from './transcript.ts';
import { type Trial, tryScript } from './try-script.ts';

/** What the deeper look brought, however it went. */
export interface Investigation {
  script: string;
  results: ScriptResult[];
  commands: LoggedCommand[];
  /** Scripts asked of the planner; 1 where the playbook ran at once. */
  attempts: number;
  succeeded: boolean;
  /** Who wrote the script that stands in `script`. */
  planner: string;
  /** Why the playbook stood in for the model, or why there is no script output; null where all went well. */
  note: string | null;
  /** False once the model refused or could not be reached. */
  modelUsable: boolean;
}

export interface InvestigationTurn extends Trial {
  /** Is told of the attempts; requests and commands it hears by itself. */
  transcript: Pick<Transcript, 'playbook' | 'judged'>;
  /** null: the playbook from the start. */
  planner: Planner | null;
  briefing: Briefing;
  attempts: number;
  /** Whether the playbook, which reads the capture twice, is worth its time where no model wrote a script. */
  isPlaybookWorthIt: boolean;
  onStep: (message: string) => void;
}

/**
 * Plan, check, run, repair, in one sandbox session; the built-in playbook stands in where the model gets nowhere. A
 * planner that comes with the same script or the same failure again is not asked once more.
 */
export async function investigate(turn: InvestigationTurn): Promise<Investigation> {
  const state: Investigation = {
    script: '',
    results: [],
    commands: [],
    attempts: 0,
    succeeded: false,
    planner: turn.planner?.name ?? PLAYBOOK_NAME,
    note: null,
    modelUsable: true,
  };
  try {
    if (turn.planner !== null) await planAndRepair(turn, turn.planner, state);
    if (!state.succeeded) await playbook(turn, state);
  } catch (error) {
    if (!isSandboxFailure(error)) throw error;
    addNote(state, 'The sandbox failed during the script; what was measured before is complete.');
  }
  return state;
}

async function planAndRepair(turn: InvestigationTurn, planner: Planner, state: Investigation): Promise<void> {
  const checker = createScriptChecker(turn.session);
  const seen = { scripts: new Set<string>(), failures: new Set<string>() };
  let proposal = await ask(turn, state, () => {
    turn.onStep('The model writes the analysis script.');
    return planner.plan(turn.briefing, turn.signal);
  });
  for (let attempt = 1; proposal !== null; attempt += 1) {
    state.attempts = attempt;
    const script = proposal.script === null ? null : normal(proposal.script);
    if (script !== null && seen.scripts.has(script)) {
      addNote(state, `The planner proposed the same script again at attempt ${attempt}.`);
      return;
    }
    if (script !== null) seen.scripts.add(script);
    const failed = await attemptOf(turn, state, { proposal, attempt, checker });
    if (failed === null) return;
    const { problem, key } = failed.failure;
    if (seen.failures.has(key)) {
      addNote(state, `Attempt ${attempt} failed in the same way as one before. The problem: ${problem}`);
      return;
    }
    seen.failures.add(key);
    if (attempt >= turn.attempts) {
      addNote(state, `None of the planner's ${attempt} attempts worked. The last problem: ${problem}`);
      return;
    }
    proposal = await ask(turn, state, () => {
      turn.onStep(`Attempt ${attempt} of ${turn.attempts} failed; the model repairs the script.`);
      return planner.repair(turn.briefing, failed, turn.signal);
    });
  }
}

interface Try {
  proposal: Proposal;
  attempt: number;
  checker: ScriptChecker;
}

/** null: it worked. */
async function attemptOf(
  turn: InvestigationTurn,
  state: Investigation,
  { proposal, attempt, checker }: Try,
): Promise<FailedAttempt | null> {
  const { script } = proposal;
  const base = { attempt, attempts: turn.attempts, script };
  if (script === null) {
    await turn.transcript.judged(proposal.problem);
    return { ...base, failure: failureOf(proposal.problem), exitCode: null, stdout: '', stderr: '' };
  }
  turn.onStep(`Running the script, attempt ${attempt} of ${turn.attempts}.`);
  const failure = await runOnce(turn, state, { script, attempt, checker });
  const last = state.results.at(-1);
  if (failure === null || last === undefined) return null;
  return { ...base, failure, exitCode: last.exitCode, stdout: last.stdout, stderr: last.stderr };
}

async function playbook(turn: InvestigationTurn, state: Investigation): Promise<void> {
  if (!turn.isPlaybookWorthIt) {
    state.planner = NO_PLANNER;
    addNote(state, TOO_LARGE);
    return;
  }
  if (turn.planner !== null) addNote(state, "Capwright's built-in playbook was run instead.");
  turn.onStep('Running the built-in playbook.');
  state.planner = PLAYBOOK_NAME;
  turn.transcript.playbook();
  const attempt = state.attempts + 1;
  if (turn.planner === null) state.attempts = 1;
  const failure = await runOnce(turn, state, { script: PLAYBOOK, attempt, checker: null });
  if (failure !== null) addNote(state, `The built-in playbook did not finish: ${failure.problem}`);
}

const TOO_LARGE =
  'The built-in playbook was not run: in a capture of this size its questions are answered by the measurement.';

/** Runs a script, keeps everything it left behind, and says what went wrong. */
async function runOnce(
  turn: InvestigationTurn,
  state: Investigation,
  { script, attempt, checker }: { script: string; attempt: number; checker: ScriptChecker | null },
): Promise<Failure | null> {
  throwIfCancelled(turn.signal);
  state.script = script;
  const run = await tryScript(turn, script, attempt, checker);
  state.results.push(...run.results);
  state.commands.push(...run.commands);
  throwIfCancelled(turn.signal);
  if (run.lost)
    throw new CapwrightError('SANDBOX_FAILED', 'The sandbox ended during the script.', 'Try again.');
  state.succeeded = run.failure === null;
  await turn.transcript.judged(run.failure?.problem ?? null);
  return run.failure;
}

/** A model that refuses or can't be reached is no reason to lose the analysis: null, and a note with the next step. */
async function ask(
  { signal }: InvestigationTurn,
  state: Investigation,
  call: () => Promise<Proposal>,
): Promise<Proposal | null> {
  try {
    return await call();
  } catch (error) {
    throwIfCancelled(signal);
    if (!isModelFailure(error)) throw error;
    state.modelUsable = false;
    addNote(state, `The planner model could not be used: ${error.message} ${error.next}`);
    return null;
  }
}

function addNote(state: Investigation, sentence: string): void {
  state.note = state.note === null ? sentence : `${state.note} ${sentence}`;
}

/** Whether two scripts are the same to a shell, near enough: blank lines and trailing spaces don't count. */
function normal(script: string): string {
  return script
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}
