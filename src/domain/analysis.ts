import { z } from 'zod';
import { CapturePart } from './capture-part.ts';
import { CaptureFacts } from './facts.ts';
import { Finding } from './finding.ts';
import { Isolation } from './isolation.ts';
import { ModelUsage } from './model-usage.ts';
import { PRIVACY } from './privacy/privacy.ts';
import { NO_VERIFICATION, Verification } from './verification.ts';

/** Bumped when a field of the published analysis changes its meaning or goes away. */
export const SCHEMA_VERSION = '1';

/** One command of the analysis, for the report's Command Log. */
export const LoggedCommand = z.strictObject({
  step: z.string().describe('measure, verify, check, script, or in script: a tool that the script called.'),
  command: z.string(),
  exitCode: z.number().int().nullable().describe('null where the command was ended by a limit.'),
  outcome: z.string(),
  durationMs: z.number(),
  stdoutBytes: z
    .number()
    .int()
    .nullable()
    .describe('null for a command inside a script: what it printed went on to the next one.'),
  truncated: z.boolean(),
});
export type LoggedCommand = z.infer<typeof LoggedCommand>;

/** One run of a planned script: two entries per attempt, chmod and the run itself. */
export const ScriptResult = z.strictObject({
  attempt: z.number().int(),
  command: z.string(),
  stdout: z.string(),
  stderr: z.string(),
  exitCode: z.number().int().nullable(),
  isError: z.boolean(),
});
export type ScriptResult = z.infer<typeof ScriptResult>;

/** Stands for the planner of an analysis in which nothing was run, because there was no sandbox. */
export const NO_PLANNER = 'none';

/** Who wrote the script and the prose, and how it went. */
export const Authorship = z.strictObject({
  planner: z.string().describe('"built-in playbook", the model\'s name, or "none".'),
  reporter: z.string().describe('"built-in reporter" or the model\'s name.'),
  attempts: z.number().int(),
  scriptSucceeded: z.boolean(),
  note: z.string().nullable().describe('Why a built-in part stood in, where one did.'),
});

/** A finding with the machine that it is about, where more than one was analysed. */
export const ReportedFinding = Finding.extend({
  instance: z.string().nullable().default(null).describe('Instance of a scale set whose file shows it.'),
});
export type ReportedFinding = z.infer<typeof ReportedFinding>;

/** One machine or file of a capture that has several, and what came of it. */
export const AnalyzedInstance = z.strictObject({
  instanceId: z.string().nullable().describe('null where the file does not tell its instance.'),
  name: z.string(),
  sha256: z.string().nullable().describe('Of the file that was analysed; null where there was none.'),
  bytes: z.number().int(),
  packets: z.number().int(),
  durationSeconds: z.number(),
  findingsTotal: z.number().int(),
  problem: z.string().nullable().describe('Why there is no analysis, or null.'),
  reportPath: z.string().nullable(),
  analysisPath: z.string().nullable(),
});
export type AnalyzedInstance = z.infer<typeof AnalyzedInstance>;

export const Analysis = z.strictObject({
  schemaVersion: z.string(),
  ...CaptureFacts.shape,
  parts: z
    .array(CapturePart)
    .default([])
    .describe('Files that the capture was put together from, if it was.'),
  instances: z.array(AnalyzedInstance).default([]).describe('Empty for a capture of one file.'),
  findings: z.array(ReportedFinding),
  script: z.string(),
  results: z.array(ScriptResult),
  commands: z
    .array(LoggedCommand)
    .describe('In the order in which they ran: the first is C1 where prose cites one.'),
  authorship: Authorship,
  verification: Verification.default(NO_VERIFICATION),
  usage: ModelUsage.nullable()
    .default(null)
    .describe('What the model took; null in what an older version wrote.'),
  privacy: z
    .enum(PRIVACY)
    .default('full')
    .describe('What a model may have been told; facts-only: no text out of packets.'),
  sandbox: z.string().describe('Which isolation the capture was read in.'),
  isolation: Isolation.pick({ engine: true, lacks: true })
    .default({ engine: 'docker', lacks: [] })
    .describe('The same for programs.'),
  partial: z
    .string()
    .nullable()
    .default(null)
    .describe('What was not looked at, why, and what helps; null for a whole analysis.'),
  report: z.string().describe('Markdown with the 8 sections.'),
});
export type Analysis = z.infer<typeof Analysis>;
