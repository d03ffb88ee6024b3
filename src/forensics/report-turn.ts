import type { LoggedCommand } from '../domain/analysis.ts';
import type { CaptureFacts } from '../domain/facts.ts';
import type { Finding } from '../domain/finding.ts';
import type { Log, Model, SandboxSession } from '../ports.ts';
import { type Briefing, fencedCommands, fencedOutput } from './briefing.ts';
import type { Investigation } from './investigate.ts';
import type { Prompts } from './prompts.ts';

/** Of a reply with all three sections. */
export const MAX_REPLY_TOKENS = 16_000;

export interface ReportTurn {
  briefing: Briefing;
  deeper: Investigation;
  facts: CaptureFacts;
  findings: readonly Finding[];
  /** Every command so far, in the order of the Command Log: their places are their ids. */
  commands: readonly LoggedCommand[];
  /** The caller's question. */
  context: string | null;
  /** Where filters that the prose cites are run; null where there is no sandbox. */
  session: SandboxSession | null;
  /** Size of the capture. */
  bytes: number;
  signal: AbortSignal;
}

export interface ReporterDeps {
  /** null: the built-in reporter writes. */
  model: Model | null;
  prompts: Prompts;
  log: Log;
}

/** What every turn of the reporter is shown, fenced. */
export function turnData({ briefing, deeper, commands }: ReportTurn): {
  nonce: string;
  facts: string;
  commands: string;
  script_output: string;
} {
  return {
    nonce: briefing.nonce,
    facts: briefing.facts,
    commands: fencedCommands(commands, briefing.nonce),
    script_output: fencedOutput(printedBy(deeper), briefing.nonce),
  };
}

/** What the script printed that worked; nothing where none did. */
export const printedBy = ({ succeeded, results }: Investigation): string =>
  succeeded ? (results.at(-1)?.stdout ?? '') : '';
