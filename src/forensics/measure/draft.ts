import type { FindingDraft, Severity } from '../../domain/finding.ts';
import type { FindingKind } from '../../domain/finding-kinds.ts';
import type { Evidence } from './bounded.ts';
import type { Tables } from './tables.ts';

/** Looks at the tables for one kind of problem. Pure: the same tables give the same findings. */
export interface Detector {
  kind: FindingKind;
  detect(tables: Tables): FindingDraft[];
}

type Details = Omit<FindingDraft, 'kind' | 'count' | 'frames' | 'matching' | 'ports' | 'actor' | 'target'> & {
  evidence: Evidence;
  /** How many frames the filter matches, where that is not what is counted; null where it is not known. */
  matching?: number | null;
  actor: Iterable<string>;
  target: Iterable<string>;
  ports?: Iterable<number>;
};

const MAX_PORTS = 20;
const MAX_ADDRESSES = 50;

/** A finding from its evidence, lists cut to their bounds. */
export function draft(kind: FindingKind, details: Details): FindingDraft {
  const { evidence, matching = evidence.count, actor, target, ports, ...words } = details;
  return {
    kind,
    ...words,
    actor: [...actor].slice(0, MAX_ADDRESSES),
    target: [...target].slice(0, MAX_ADDRESSES),
    ports: [...new Set(ports ?? [])].toSorted((a, b) => a - b).slice(0, MAX_PORTS),
    count: evidence.count,
    frames: [...evidence.frames],
    matching,
  };
}

/** The first severity whose condition holds, else the last one. */
export function grade(steps: readonly (readonly [Severity, boolean])[], otherwise: Severity): Severity {
  return steps.find(([, holds]) => holds)?.[0] ?? otherwise;
}

/** "1 segment", "3 segments", "2 queries", "2 addresses". */
export function times(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  if (noun.endsWith('y')) return `${count} ${noun.slice(0, -1)}ies`;
  return `${count} ${noun}${noun.endsWith('s') ? 'es' : 's'}`;
}

const MAX_NAME_CHARS = 60;
const MAX_NAMES = 3;

/** Names from packets for a sentence: few, short, and nothing in them but letters, digits, dots, dashes. */
export function quoteNames(names: Iterable<string>): string {
  const shown = [...names].filter((name) => name !== '').slice(0, MAX_NAMES);
  return shown.map((name) => `"${name.slice(0, MAX_NAME_CHARS).replaceAll(/[^\w.-]/g, '?')}"`).join(', ');
}

/** Seconds for people. */
export const duration = (seconds: number): string =>
  seconds >= 10
    ? `${Math.round(seconds)} s`
    : seconds >= 1
      ? `${seconds.toFixed(1)} s`
      : `${Math.round(seconds * 1000)} ms`;
