import type { Analysis, LoggedCommand, ScriptResult } from './analysis.ts';
import type { CapturePart } from './capture-part.ts';
import type { CaptureFacts } from './facts.ts';
import type { Finding } from './finding.ts';
import type { ModelUsage } from './model-usage.ts';
import type { Verification } from './verification.ts';
import type { Privacy } from './privacy/privacy.ts';

/** One statement of a model, with the ids of the findings that it rests on. */
export interface Remark {
  findingIds: string[];
  /** Commands of the Command Log whose output it rests on: C1, C2, ... */
  commandIds: string[];
  text: string;
}

/** What a model writes; everything else in a report is measured. */
export interface ModelProse {
  executiveSummary: string;
  notableFindings: Remark[];
  recommendations: Remark[];
}

/** At most this many remarks of a model, and characters of one, stand in a report. */
export const MAX_REMARKS = 60;
export const MAX_REMARK_CHARS = 2_000;
export const MAX_SUMMARY_CHARS = 6_000;

/** All that a report is made of. */
export interface ReportInput {
  facts: CaptureFacts;
  /** Files that the capture was put together from; empty where it is a file as it was delivered. */
  parts: CapturePart[];
  findings: Finding[];
  script: string;
  results: ScriptResult[];
  commands: LoggedCommand[];
  authorship: Analysis['authorship'];
  /** Why the built-in reporter wrote the prose; null where a model did. */
  builtInBecause: string | null;
  sandbox: string;
  /** What that isolation lacks, a sentence each. */
  lacks: string[];
  tsharkVersion: string;
  /** What was not looked at and what helps, for the first lines; null for a whole analysis. */
  partial: string | null;
  /** The caller's question. */
  context: string | null;
  /** What the model took. */
  usage: ModelUsage;
  /** What came of checking the prose. */
  verification: Verification;
  /** What it was told. */
  privacy: Privacy;
  /** null: the built-in reporter writes all of it. */
  prose: ModelProse | null;
}
