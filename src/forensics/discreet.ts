import type { LoggedCommand } from '../domain/analysis.ts';
import type { CaptureFacts } from '../domain/facts.ts';
import type { Finding } from '../domain/finding.ts';
import {
  factsWithoutText,
  findingsWithoutText,
  outputWithoutText,
  WITHHELD,
} from '../domain/privacy/facts-only.ts';
import type { Privacy } from '../domain/privacy/privacy.ts';
import type { Planner } from './planner.ts';
import type { ReportTurn } from './report-turn.ts';

/** What of the measurement a model may be told. */
export function discreetFacts(
  privacy: Privacy,
  { facts, findings }: { facts: CaptureFacts; findings: readonly Finding[] },
): { facts: CaptureFacts; findings: readonly Finding[] } {
  return privacy === 'full'
    ? { facts, findings }
    : { facts: factsWithoutText(facts), findings: findingsWithoutText(findings) };
}

/**
 * A planner that is told of a failed script how it ended, where, and how much it printed, not what. Every field is named
 * here, so that a new one has to be thought about.
 */
export function discreetPlanner(privacy: Privacy, planner: Planner): Planner {
  if (privacy === 'full') return planner;
  return {
    name: planner.name,
    plan: (briefing, signal) => planner.plan(briefing, signal),
    repair: (briefing, { attempt, attempts, script, failure, exitCode, stdout, stderr }, signal) =>
      planner.repair(
        briefing,
        {
          attempt,
          attempts,
          script,
          failure: { ...failure, details: ownLines(failure.details, script ?? '') },
          exitCode,
          stdout: outputWithoutText(stdout),
          stderr: outputWithoutText(stderr),
        },
        signal,
      ),
  };
}

/** Of where and how a script failed, the lines that stand in the script: whoever wrote it has seen no packet. */
function ownLines(details: string, script: string): string {
  return details
    .split('\n')
    .filter((line) => {
      const source = /^ +\d+ \| (.+)$/.exec(line)?.[1];
      return source !== undefined && script.includes(source);
    })
    .join('\n');
}

/**
 * What a reporter is told: facts and findings without text, that the script was run and how it ended, and which programs
 * ran. Claims are then checked against the same, since it can quote nothing else.
 */
export function discreetTurn(privacy: Privacy, turn: ReportTurn): ReportTurn {
  if (privacy === 'full') return turn;
  const results = turn.deeper.results.map((result) => ({
    ...result,
    stdout: outputWithoutText(result.stdout),
    stderr: outputWithoutText(result.stderr),
  }));
  return {
    ...turn,
    ...discreetFacts(privacy, turn),
    deeper: { ...turn.deeper, results },
    commands: turn.commands.map((command) => ({ ...command, command: programOf(command) })),
  };
}

/** Filters, and words of a script that a shell has expanded, may quote packets; our own programs' names do not. */
function programOf({ step, command }: LoggedCommand): string {
  const [program = ''] = command.split(' ');
  const isOurs = !step.startsWith('script') || program === 'chmod' || program === '/bin/bash';
  return isOurs ? program : WITHHELD;
}
