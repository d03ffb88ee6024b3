import { type Analysis, type AnalyzedInstance, SCHEMA_VERSION } from './analysis.ts';
import type { CaptureFacts } from './facts.ts';
import { mergedFindings, partialOf, prefixOf, type AnalyzedUnit, type MergedInput } from './merged-input.ts';
import { renderMergedReport } from './merged-report.ts';
import { protocolSums } from './merged-tables.ts';

const MAX_LISTED = 200;

/**
 * One analysis over several: sums where sums are honest, null or empty where they are not, and the analysis of each
 * file named for the rest. Needs at least one unit.
 */
export function mergeAnalyses(input: MergedInput): Analysis {
  const { units } = input;
  const analyses = units.map(({ analysis }) => analysis);
  const list = <T>(pick: (analysis: Analysis) => T[]): T[] => analyses.flatMap(pick);
  return {
    schemaVersion: SCHEMA_VERSION,
    capture: captureOf(units),
    conversations: list(({ conversations }) => conversations)
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, MAX_LISTED),
    endpoints: list(({ endpoints }) => endpoints)
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, MAX_LISTED),
    protocols: protocolSums(units).map(({ protocol, packets, bytes }) => ({ protocol, packets, bytes })),
    tcp: tcpOf(analyses),
    dns: dnsOf(analyses),
    notes: [SUMMED, ...input.notes, ...units.flatMap(labelledNotes)].slice(0, MAX_LISTED),
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
    sandbox: joined(analyses.map(({ sandbox }) => sandbox)),
    isolation: isolationOf(analyses),
    partial: partialOf(units),
    report: renderMergedReport(input),
  };
}

const SUMMED =
  'Several files: figures are sums over them, and what passes between two of the machines is counted at both. Conversations and endpoints stand once for each file; medians and frame numbers are only in the analysis of each.';

const labelledNotes = ({ label, analysis }: AnalyzedUnit): string[] =>
  analysis.notes.map((note) => `${label}: ${note}`);

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

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Over several files there is no one hash; the span is from the first packet of any to the last of any. */
function captureOf(units: readonly AnalyzedUnit[]): CaptureFacts['capture'] {
  const captures = units.map(({ analysis }) => analysis.capture);
  const [only] = captures;
  const starts = captures.flatMap(({ firstPacketAt }) => firstPacketAt ?? []).toSorted();
  const ends = captures.flatMap(({ lastPacketAt }) => lastPacketAt ?? []).toSorted();
  const [first = null] = starts;
  const last = ends.at(-1) ?? null;
  const span = first === null || last === null ? 0 : (Date.parse(last) - Date.parse(first)) / 1000;
  const damaged = units.flatMap(({ label, analysis }) =>
    analysis.capture.damaged === null ? [] : [`${label}: ${analysis.capture.damaged}`],
  );
  return {
    sha256: captures.length === 1 ? (only?.sha256 ?? '') : '',
    bytes: sum(captures.map(({ bytes }) => bytes)),
    format: joined(captures.map(({ format }) => format)),
    linkTypes: [...new Set(captures.flatMap(({ linkTypes }) => linkTypes))],
    packets: sum(captures.map(({ packets }) => packets)),
    dataBytes: sum(captures.map(({ dataBytes }) => dataBytes)),
    durationSeconds: Math.max(span, ...captures.map(({ durationSeconds }) => durationSeconds)),
    firstPacketAt: first,
    lastPacketAt: last,
    snappedPackets: sum(captures.map(({ snappedPackets }) => snappedPackets)),
    damaged: damaged.length === 0 ? null : damaged.slice(0, 20).join('; '),
  };
}

function tcpOf(analyses: readonly Analysis[]): CaptureFacts['tcp'] {
  const total = (pick: (tcp: CaptureFacts['tcp']) => number): number =>
    sum(analyses.map(({ tcp }) => pick(tcp)));
  return {
    connections: total((tcp) => tcp.connections),
    established: total((tcp) => tcp.established),
    refused: total((tcp) => tcp.refused),
    unanswered: total((tcp) => tcp.unanswered),
    retransmissions: total((tcp) => tcp.retransmissions),
    duplicateAcks: total((tcp) => tcp.duplicateAcks),
    outOfOrder: total((tcp) => tcp.outOfOrder),
    lostSegments: total((tcp) => tcp.lostSegments),
    zeroWindows: total((tcp) => tcp.zeroWindows),
    resets: total((tcp) => tcp.resets),
    medianHandshakeMs: null,
  };
}

function dnsOf(analyses: readonly Analysis[]): CaptureFacts['dns'] {
  const rcodes = new Map<string, number>();
  for (const [name, count] of analyses.flatMap(({ dns }) => Object.entries(dns.rcodes))) {
    rcodes.set(name, (rcodes.get(name) ?? 0) + count);
  }
  return {
    queries: sum(analyses.map(({ dns }) => dns.queries)),
    responses: sum(analyses.map(({ dns }) => dns.responses)),
    unanswered: sum(analyses.map(({ dns }) => dns.unanswered)),
    rcodes: Object.fromEntries(rcodes),
    medianLatencyMs: null,
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
