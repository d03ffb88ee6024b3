import type { Analysis, ReportedFinding } from './analysis.ts';
import type { Instance } from './capture-plan.ts';
import type { Failure } from './errors.ts';
import { FINDING_KINDS, type FindingKind } from './finding-kinds.ts';
import { SEVERITIES, type Severity } from './finding.ts';
import { inlineText } from './untrusted.ts';

/** A file that is analysed by itself: all of one machine put together, or one of several that can't be. */
export interface Unit {
  /** Short and unique: begins the ids of its findings and the names of its results. */
  key: string;
  /** null for a VM, and where the file does not tell its instance. */
  instance: Instance | null;
  /** What people call it: the instance's name, or which of several files. */
  label: string;
}

/** A unit that was analysed, and where its own report lies; or why it was not. */
export type AnalyzedUnit = Unit & { analysis: Analysis; reportPath: string; analysisPath: string };
export type FailedUnit = Unit & { failure: Failure };

/** Everything that a report over several files is made of. */
export interface MergedInput {
  /** Name of the scale set or VM. */
  target: string;
  /** The caller's question. */
  context: string | null;
  units: AnalyzedUnit[];
  failed: FailedUnit[];
  /** Instances that were asked for and brought no file. */
  missing: Instance[];
  /** What happened on the way, in our own words. */
  notes: string[];
}

/** Leads the names of a unit's results. */
export const prefixOf = ({ key, instance }: Unit): string => `${instance === null ? '' : 'instance-'}${key}.`;

const MAX_PARTIAL = 5;

/** What was not looked at of which units; said once where it holds for all of them alike. Null where all are whole. */
export function partialOf(units: readonly AnalyzedUnit[]): string | null {
  const labels = new Map<string, string[]>();
  for (const { label, analysis } of units) {
    if (analysis.partial !== null) {
      labels.set(analysis.partial, [...(labels.get(analysis.partial) ?? []), label]);
    }
  }
  const texts = [...labels]
    .slice(0, MAX_PARTIAL)
    .map(([text, of]) => (of.length === units.length ? text : `${named(of)}: ${text}`));
  return texts.length === 0 ? null : texts.join(' ');
}

/** What the units are to people. */
export function nounOf({ units, failed, missing }: MergedInput): 'instance' | 'file' {
  const isSet = missing.length > 0 || [...units, ...failed].some(({ instance }) => instance !== null);
  return isSet ? 'instance' : 'file';
}

/**
 * Every finding of every unit, its id led by the unit's key; most severe first, and among equals each kind and each
 * unit in turn, so that the first few say as much as possible.
 */
export function mergedFindings({ units }: MergedInput): ReportedFinding[] {
  const all = units.flatMap(({ key, instance, analysis }) => {
    const turn = createTurns();
    return analysis.findings.map((finding) => ({
      turn: turn(finding.kind),
      finding: { ...finding, id: `${key}/${finding.id}`, instance: instance?.name ?? null },
    }));
  });
  const turn = createTurns();
  return all
    .toSorted((a, b) => bySeverity(a.finding, b.finding) || a.turn - b.turn)
    .map(({ finding }) => ({ turn: turn(finding.kind), finding }))
    .toSorted((a, b) => bySeverity(a.finding, b.finding) || a.turn - b.turn)
    .map(({ finding }) => finding);
}

/** The how-manieth of its kind this one is. */
function createTurns(): (kind: FindingKind) => number {
  const seen = new Map<FindingKind, number>();
  return (kind) => {
    const turn = seen.get(kind) ?? 0;
    seen.set(kind, turn + 1);
    return turn;
  };
}

const bySeverity = (a: { severity: Severity }, b: { severity: Severity }): number =>
  SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity);

/** One kind of finding over all units: who shows it and who does not is the point of looking at several. */
export interface KindGroup {
  kind: FindingKind;
  severity: Severity;
  /** Names of machines, each once. */
  shows: string[];
  lacks: string[];
  findings: { finding: ReportedFinding; unit: AnalyzedUnit }[];
}

/** The kinds found anywhere, most severe first and then those that the fewest machines show. */
export function kindGroups(input: MergedInput): KindGroup[] {
  const machines = [...new Set(input.units.map(machineOf))];
  const unitByKey = new Map(input.units.map((unit) => [unit.key, unit]));
  const groups = new Map<FindingKind, KindGroup['findings']>();
  for (const finding of mergedFindings(input)) {
    const unit = unitByKey.get(finding.id.slice(0, finding.id.lastIndexOf('/')));
    if (unit !== undefined) {
      const group = groups.get(finding.kind) ?? [];
      group.push({ finding, unit });
      groups.set(finding.kind, group);
    }
  }
  return [...groups]
    .map(([kind, findings]) => {
      const shown = new Set(findings.map(({ unit }) => machineOf(unit)));
      return {
        kind,
        severity: findings[0]?.finding.severity ?? 'info',
        shows: machines.filter((name) => shown.has(name)),
        lacks: machines.filter((name) => !shown.has(name)),
        findings,
      };
    })
    .toSorted((a, b) => bySeverity(a, b) || a.shows.length - b.shows.length);
}

/** Files of one instance that could not be put together speak for the same machine. */
export const machineOf = ({ instance, label }: Unit): string => instance?.name ?? label;

/** What a kind of finding means, in a few words. */
export const meaningOf = (kind: FindingKind): string => FINDING_KINDS[kind].meaning;

/** Names of machines in one line, as Markdown. */
export function named(names: readonly string[], most = 12): string {
  if (names.length === 0) return '–';
  const shown = names.slice(0, most).map((name) => inlineText(name, 80));
  return names.length > most ? `${shown.join(', ')} and ${names.length - most} more` : shown.join(', ');
}

/** "1 instance", "3 files". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
