import { z } from 'zod';

/** Bumped when a field of the index changes its meaning or goes away. */
export const ATTEMPTS_VERSION = '1';

/** Name of a file beside the index, below the folder of its attempt. */
const FileName = z.string();

const Usage = z.strictObject({
  inputTokens: z.number().int(),
  cachedTokens: z.number().int(),
  cacheWriteTokens: z.number().int().optional(),
  outputTokens: z.number().int(),
  estimated: z.boolean().optional().describe('Counted from the length of the texts.'),
});

/** One request to a model and what came of it. */
export const Exchange = z.strictObject({
  system: z.string().nullable().describe('Name of the constant system prompt in prompts/.'),
  model: z.string(),
  startedAt: z.string().describe('ISO 8601, UTC.'),
  ms: z.number().nullable().describe('null as long as there is no answer.'),
  usage: Usage.nullable().describe('As the provider counts.'),
  prompt: FileName.nullable().describe('The filled user prompt; null where it was not kept.'),
  reply: FileName.nullable().describe('null where there is none.'),
  problem: z.string().nullable().describe('Why there is no reply.'),
});
export type Exchange = z.infer<typeof Exchange>;

/** One command that an attempt ran in the sandbox: a check, the script itself, a filter of the claim check. */
export const AttemptCommand = z.strictObject({
  command: z.string(),
  exitCode: z.number().int().nullable(),
  outcome: z.string(),
  ms: z.number(),
  stdoutBytes: z.number().int(),
  truncated: z.boolean(),
  stderrTail: z.string().describe('The end of what it said on stderr; the whole where it has a file.'),
  stdout: FileName.nullable().describe('Of a run of the script.'),
  stderr: FileName.nullable().describe('Of a run of the script.'),
});
export type AttemptCommand = z.infer<typeof AttemptCommand>;

/** One round: a script and its run, or a request to the reporter. */
export const Attempt = z.strictObject({
  name: z.string().describe('Of its folder: 1, 2, … for scripts, report-1, … for the reporter.'),
  role: z.enum(['planner', 'playbook', 'reporter']),
  startedAt: z.string().describe('ISO 8601, UTC.'),
  exchanges: z.array(Exchange),
  script: FileName.nullable(),
  commands: z.array(AttemptCommand),
  problem: z.string().nullable().describe('Why it was not good enough; null where it was, or nobody said.'),
});
export type Attempt = z.infer<typeof Attempt>;

/** What an analysis kept of its attempts, written anew with every step of them. */
export const AttemptsIndex = z.strictObject({
  schemaVersion: z.string(),
  startedAt: z.string().describe('ISO 8601, UTC.'),
  finishedAt: z.string().nullable().describe('null: under way, or its process was killed.'),
  capture: z.strictObject({
    path: z.string(),
    bytes: z.number().int(),
    sha256: z.string().nullable().describe('null as long as it is not known.'),
  }),
  engine: z.string(),
  tshark: z.string(),
  attempts: z.array(Attempt),
  claimCheck: FileName.nullable().describe('What came of checking the claims of the prose.'),
  leftOut: z.array(z.string()).describe('What was cut or not kept, and why.'),
});
export type AttemptsIndex = z.infer<typeof AttemptsIndex>;

/** Names of attempts and of their files, as they stand in the index and in addresses; never a way out of a folder. */
export const isKeptName = (name: string): boolean =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name) && !name.includes('..');
