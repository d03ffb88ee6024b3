import { type Analysis, type AnalyzedInstance, SCHEMA_VERSION } from './analysis.ts';
import { mergedFindings, partialOf, prefixOf, type AnalyzedUnit, type MergedInput } from './merged-input.ts';
import { addUsage, NO_USAGE } from './model-usage.ts';
import { summedFacts } from './merged-facts.ts';
import { renderMergedReport } from './merged-report.ts';
import { MAX_STRUCK, type Verification } from './verification.ts';

const MAX_LISTED = 200;

/**
 * One analysis over several: sums where sums are honest, null or empty where they are not, and the analysis of each
 * file named for the rest. Needs at least one unit.
 */
export function mergeAnalyses(input: MergedInput): Analysis {
  const { units } = input;
  const analyses = units.map(({ analysis }) => analysis);
  return {
    schemaVersion: SCHEMA_VERSION,
    ...summedFacts(input),
    parts: [],
    instances: instancesOf(input),
    findings: mergedFindings(input),
    script: scriptsOf(units),
    results: [],
    commands: units
      .flatMap(({ key, analysis }) =>
        analysis.commands.map((command) => ({ ...command, step: `${key}: ${command.step}` })),
      )
      .slice(0, 5 * MAX_LISTED),
    authorship: authorshipOf(units),
    verification: verificationOf(analyses),
    usage: analyses.reduce((sum, { usage }) => addUsage(sum, usage ?? NO_USAGE), NO_USAGE),
    privacy: analyses.every(({ privacy }) => privacy === 'facts-only') ? 'facts-only' : 'full',
    sandbox: joined(analyses.map(({ sandbox }) => sandbox)),
    isolation: isolationOf(analyses),
    partial: partialOf(units),
    report: renderMergedReport(input),
  };
}

const joined = (texts: readonly string[]): string => [...new Set(texts)].slice(0, 10).join('; ');

/** The weakest engine that any file was read in, and everything that one of them lacks. */
function isolationOf(analyses: readonly Analysis[]): Analysis['isolation'] {
  const strength = ['none', 'bubblewrap', 'podman', 'docker'] as const;
  const used = new Set(analyses.map(({ isolation }) => isolation.engine));
  return {
    engine: strength.find((engine) => used.has(engine)) ?? 'none',
    lacks: [...new Set(analyses.flatMap(({ isolation }) => isolation.lacks))],
  };
}

/** Those that were analysed, those whose analysis failed, and those that delivered nothing. */
function instancesOf({ units, failed, missing }: MergedInput): AnalyzedInstance[] {
  const nothing = {
    sha256: null,
    bytes: 0,
    packets: 0,
    durationSeconds: 0,
    findingsTotal: 0,
    reportPath: null,
    analysisPath: null,
  };
  return [
    ...units.map(({ instance, label, analysis, reportPath, analysisPath }) => ({
      instanceId: instance?.id ?? null,
      name: label,
      sha256: analysis.capture.sha256,
      bytes: analysis.capture.bytes,
      packets: analysis.capture.packets,
      durationSeconds: analysis.capture.durationSeconds,
      findingsTotal: analysis.findings.length,
      problem: null,
      reportPath,
      analysisPath,
    })),
    ...failed.map(({ instance, label, failure }) => ({
      ...nothing,
      instanceId: instance?.id ?? null,
      name: label,
      problem: `${failure.code}: ${failure.message}`,
    })),
    ...missing.map(({ id, name }) => ({
      ...nothing,
      instanceId: id,
      name,
      problem: 'It delivered no file.',
    })),
  ];
}

/** Scripts read the capture of their own sandbox, so there is none that could run over all. */
function scriptsOf(units: readonly AnalyzedUnit[]): string {
  const lines = units.map((unit) => `# ${unit.label.replaceAll(/[^\w .,-]/g, '')}: ${prefixOf(unit)}plan.sh`);
  return ['#!/usr/bin/env bash', '# Each file was read with a script of its own:', ...lines, ''].join('\n');
}

function authorshipOf(units: readonly AnalyzedUnit[]): Analysis['authorship'] {
  const each = units.map(({ analysis }) => analysis.authorship);
  const notes = units.flatMap(({ label, analysis }) =>
    analysis.authorship.note === null ? [] : [`${label}: ${analysis.authorship.note}`],
  );
  return {
    planner: joined(each.map(({ planner }) => planner)),
    reporter: joined(each.map(({ reporter }) => reporter)),
    attempts: Math.max(0, ...each.map(({ attempts }) => attempts)),
    scriptSucceeded: each.every(({ scriptSucceeded }) => scriptSucceeded),
    note: notes.length === 0 ? null : notes.slice(0, 5).join(' '),
  };
}

/** Sums over the prose of all files; ids of findings are those of the files, so none are named here. */
function verificationOf(analyses: readonly Analysis[]): Verification {
  const each = analyses.map(({ verification }) => verification);
  const sum = (of: (one: Verification) => number): number => each.reduce((total, one) => total + of(one), 0);
  return {
    claims: sum(({ claims }) => claims),
    confirmed: sum(({ confirmed }) => confirmed),
    struck: sum(({ struck }) => struck),
    corrected: each.some(({ corrected }) => corrected),
    notConfirmed: each.flatMap(({ notConfirmed }) => notConfirmed).slice(0, MAX_STRUCK),
    leftOut: [],
  };
}
