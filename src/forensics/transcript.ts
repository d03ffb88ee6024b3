import {
  ATTEMPTS_VERSION,
  type Attempt,
  type AttemptCommand,
  type AttemptsIndex,
  type Exchange,
} from '../domain/attempts.ts';
import { CapwrightError } from '../domain/errors.ts';
import { harmlessText } from '../domain/harmless.ts';
import { inertJson } from '../domain/inert-json.ts';
import { maskSecrets } from '../domain/secrets.ts';
import { stripControls, tail } from '../domain/untrusted.ts';
import type {
  Clock,
  InspectedFile,
  Log,
  ModelReply,
  RunCommand,
  RunResult,
  SandboxSession,
} from '../ports.ts';
import { createKeeper, type Keep, type Keeper } from './keeper.ts';
import { withoutNotes } from './plan/observe.ts';
import { SCRIPT_PATH } from './run-script.ts';

export const INDEX_NAME = 'index.json';
const MAX_COMMANDS = 100;
const MAX_COMMAND_CHARS = 1000;
const MAX_TAIL_CHARS = 2000;

/** What an analysis keeps of its attempts while they happen. Nothing here rejects: the analysis counts, not the record. */
export interface Transcript {
  /** A request to a model begins; `system` is the name of its system prompt. */
  asked(request: Request): Promise<Asked>;
  /** The built-in playbook is about to stand in for a planner. */
  playbook(): void;
  uploaded(path: string, bytes: Uint8Array): Promise<void>;
  ran(command: RunCommand, result: RunResult): Promise<void>;
  /** What was wrong with the attempt under way, in our own words; null: nothing. */
  judged(problem: string | null): Promise<void>;
  /** The analysis is over. Gives what has to be said of the record itself: nothing, or why it is not whole. */
  finish(end: { sha256: string; claimCheck: unknown }): Promise<string[]>;
}

interface Request {
  system: string | null;
  model: string;
  user: string;
}

export interface Asked {
  replied(reply: ModelReply): Promise<void>;
  failed(error: unknown): Promise<void>;
}

export interface TranscriptDeps {
  /** Where it goes; absent: nowhere. */
  keep: Keep | undefined;
  file: Pick<InspectedFile, 'path' | 'bytes'>;
  session: Pick<SandboxSession, 'isolation' | 'tsharkVersion'>;
  clock: Clock;
  log: Log;
}

/** A record that writes its index anew with every step, so that a killed process leaves all that it had. */
export function createTranscript({ keep, file, session, clock, log }: TranscriptDeps): Transcript {
  if (keep === undefined) return NOTHING;
  const keeper = createKeeper(keep, log);
  const index: AttemptsIndex = {
    schemaVersion: ATTEMPTS_VERSION,
    startedAt: new Date(clock.now()).toISOString(),
    finishedAt: null,
    capture: { path: file.path, bytes: file.bytes, sha256: null },
    engine: session.isolation.engine,
    tshark: session.tsharkVersion,
    attempts: [],
    claimCheck: null,
    leftOut: keeper.leftOut,
  };
  const record: Writing = { index, keeper, clock };
  return {
    asked: (request) => ask(record, request),
    playbook: () => void begin(record, 'playbook'),
    uploaded: async (path, bytes) => {
      if (path !== SCRIPT_PATH) return;
      const attempt = current(record);
      attempt.script = await save(record, attempt, 'script.sh', new TextDecoder().decode(bytes));
      await write(record);
    },
    ran: async (command, result) => {
      const attempt = current(record);
      if (attempt.commands.length >= MAX_COMMANDS) return;
      attempt.commands.push(await commandOf(record, attempt, command, result));
      await write(record);
    },
    judged: async (problem) => {
      current(record).problem = problem;
      await write(record);
    },
    finish: async ({ sha256, claimCheck }) => {
      index.capture.sha256 = sha256 === '' ? null : sha256;
      const verdict = `${inertJson(claimCheck, 2)}\n`;
      if (claimCheck !== null && (await keeper.save(CLAIM_CHECK, verdict))) index.claimCheck = CLAIM_CHECK;
      index.finishedAt = new Date(clock.now()).toISOString();
      await write(record);
      return keeper.trouble();
    },
  };
}

/** A record that is being written. */
interface Writing {
  index: AttemptsIndex;
  keeper: Keeper;
  clock: Clock;
}

const write = ({ index, keeper }: Writing) => keeper.index(INDEX_NAME, `${inertJson(index, 2)}\n`);

function begin({ index, clock }: Writing, role: Attempt['role']): Attempt {
  const attempt: Attempt = {
    name: nameOf(index.attempts, role),
    role,
    startedAt: new Date(clock.now()).toISOString(),
    exchanges: [],
    script: null,
    commands: [],
    problem: null,
  };
  index.attempts.push(attempt);
  return attempt;
}

const current = (record: Writing): Attempt => record.index.attempts.at(-1) ?? begin(record, 'playbook');

/** The file's name in the folder of its attempt, or null where it was not kept. */
async function save(record: Writing, attempt: Attempt, name: string, text: string): Promise<string | null> {
  return (await record.keeper.save(`${attempt.name}/${name}`, text)) ? name : null;
}

async function ask(record: Writing, { system, model, user }: Request): Promise<Asked> {
  const { clock } = record;
  const attempt = begin(record, system?.startsWith('REPORTER') === true ? 'reporter' : 'planner');
  const asked = clock.now();
  const prompt = await save(record, attempt, 'prompt.md', verbatim(user));
  const exchange: Exchange = { ...UNANSWERED, system, model, startedAt: attempt.startedAt, prompt };
  attempt.exchanges.push(exchange);
  await write(record);
  return {
    replied: async ({ text, usage }) => {
      exchange.ms = clock.now() - asked;
      exchange.usage = usage;
      exchange.reply = await save(record, attempt, 'reply.txt', verbatim(text));
      await write(record);
    },
    failed: async (error) => {
      exchange.ms = clock.now() - asked;
      exchange.problem = error instanceof CapwrightError ? `${error.code}: ${error.message}` : 'INTERNAL';
      await write(record);
    },
  };
}

const CLAIM_CHECK = 'claim-check.json';

async function commandOf(
  record: Writing,
  attempt: Attempt,
  { argv }: RunCommand,
  result: RunResult,
): Promise<AttemptCommand> {
  const isScript = argv[0] === '/bin/bash' && argv[1] === SCRIPT_PATH;
  const stderr = clean(withoutNotes(result.stderr));
  return {
    command: clean(argv.join(' ')).slice(0, MAX_COMMAND_CHARS),
    exitCode: result.exitCode,
    outcome: result.outcome,
    ms: result.durationMs,
    stdoutBytes: result.stdoutBytes,
    truncated: result.truncated,
    stderrTail: tail(stderr, MAX_TAIL_CHARS),
    stdout: isScript ? await save(record, attempt, 'stdout.txt', clean(result.stdout)) : null,
    stderr: isScript ? await save(record, attempt, 'stderr.txt', stderr) : null,
  };
}

/** Prompts and replies as they were, but for terminal escapes and secrets. */
const verbatim = (text: string) => maskSecrets(stripControls(text));

/** Output of programs as it is published, too. */
const clean = harmlessText;

function nameOf(before: readonly Attempt[], role: Attempt['role']): string {
  const isReport = role === 'reporter';
  const nth = before.filter((attempt) => (attempt.role === 'reporter') === isReport).length + 1;
  return isReport ? `report-${nth}` : String(nth);
}

const UNANSWERED = { ms: null, usage: null, reply: null, problem: null };

const NOTHING: Transcript = {
  asked: () => Promise.resolve({ replied: () => Promise.resolve(), failed: () => Promise.resolve() }),
  playbook: () => undefined,
  uploaded: () => Promise.resolve(),
  ran: () => Promise.resolve(),
  judged: () => Promise.resolve(),
  finish: () => Promise.resolve([]),
};
