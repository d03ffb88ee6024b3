import { type Analysis, type LoggedCommand, ReportedFinding, SCHEMA_VERSION } from '../domain/analysis.ts';
import type { CapturePart } from '../domain/capture-part.ts';
import type { CaptureFacts } from '../domain/facts.ts';
import type { Finding } from '../domain/finding.ts';
import { harmlessFacts, harmlessFindings, harmlessText } from '../domain/harmless.ts';
import type { ModelUsage } from '../domain/model-usage.ts';
import type { Privacy } from '../domain/privacy/privacy.ts';
import { renderReport } from '../domain/report.ts';
import type { SandboxSession } from '../ports.ts';
import type { Investigation } from './investigate.ts';
import type { Written } from './reporter.ts';

export interface Parts {
  session: Pick<SandboxSession, 'isolation' | 'tsharkVersion'>;
  context: string | null;
  /** Of the analysis itself, in our own words. */
  notes?: readonly string[];
  /** That the capture was put together from. */
  files: readonly CapturePart[];
  facts: CaptureFacts;
  findings: Finding[];
  commands: LoggedCommand[];
  deeper: Investigation;
  written: Written;
  usage: ModelUsage;
  privacy: Privacy;
  /** Why built-in parts wrote the report; null where a model did. */
  builtInBecause: string | null;
  /** What was not looked at, why, and what helps; null where all was. */
  partial: string | null;
}

/** Puts the published analysis together, the report last because it tells of all the rest. */
export function assemble(parts: Parts): Analysis {
  const { session, commands, deeper, written, usage, privacy, builtInBecause, partial } = parts;
  const { isolation } = session;
  const files = [...parts.files];
  const measured = harmlessFacts(parts.facts);
  const facts = {
    ...measured,
    notes: [...measured.notes, ...shortfall(files, measured), ...(parts.notes ?? [])],
  };
  const findings = harmlessFindings(parts.findings).map((finding) => ReportedFinding.parse(finding));
  const { script, results } = deeper;
  const authorship = {
    planner: deeper.planner,
    reporter: written.author,
    attempts: deeper.attempts,
    scriptSucceeded: deeper.succeeded,
    note: noteOf(parts),
  };
  const report = renderReport({
    facts,
    parts: files,
    findings,
    script,
    results,
    commands,
    authorship,
    builtInBecause,
    sandbox: isolation.description,
    lacks: isolation.lacks,
    tsharkVersion: session.tsharkVersion,
    partial,
    context: parts.context === null ? null : harmlessText(parts.context),
    usage,
    verification: written.verification,
    privacy,
    prose: written.prose,
  });
  const sandbox = `${isolation.description}; ${session.tsharkVersion}`;
  return {
    schemaVersion: SCHEMA_VERSION,
    ...facts,
    parts: files,
    instances: [],
    findings,
    script,
    results,
    commands,
    authorship,
    verification: written.verification,
    usage,
    privacy,
    sandbox,
    isolation: { engine: isolation.engine, lacks: isolation.lacks },
    partial,
    report,
  };
}

/** What a reader could not read of a combined file must not pass for traffic that never was. */
function shortfall(files: readonly CapturePart[], { capture }: CaptureFacts): string[] {
  const packets = files.reduce((sum, part) => sum + part.packets, 0);
  return files.length === 0 || packets === capture.packets
    ? []
    : [`The files that were put together hold ${packets} packets, of which ${capture.packets} were read.`];
}

function noteOf({ deeper, written, builtInBecause }: Parts): string | null {
  const notes = [deeper.note, written.note].filter((note) => note !== null);
  if (notes.length > 0) return notes.join(' ');
  return builtInBecause === null ? null : `Built-in planner and reporter: ${builtInBecause}.`;
}
