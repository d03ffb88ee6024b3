import { median } from './figures.ts';
import type { Cost } from './analysis-cost.ts';
import { FULL, NAIVE, STATISTICS } from './analysis-peers.ts';

/** All that was measured, by capture and subject. */
export interface AnalysisSamples {
  add(capture: string, subject: string, cost: Cost): void;
  /** Medians; null where the subject was not measured on that capture. */
  of(capture: string, subject: string): (Cost & { rounds: number }) | null;
  subjects(capture: string): string[];
  captures(): string[];
}

export function createAnalysisSamples(): AnalysisSamples {
  const samples = new Map<string, Map<string, Cost[]>>();
  return {
    add(capture, subject, cost) {
      const subjects = samples.get(capture) ?? new Map<string, Cost[]>();
      samples.set(capture, subjects.set(subject, [...(subjects.get(subject) ?? []), cost]));
    },
    of(capture, subject) {
      const costs = samples.get(capture)?.get(subject);
      if (costs === undefined) return null;
      const of = (name: keyof Cost): number => median(costs.map((cost) => cost[name]));
      return {
        wallMs: of('wallMs'),
        cpuMs: of('cpuMs'),
        peakMb: Math.max(...costs.map(({ peakMb }) => peakMb)),
        peakTogetherMb: Math.max(...costs.map(({ peakTogetherMb }) => peakTogetherMb)),
        rounds: costs.length,
      };
    },
    subjects: (capture) => [...(samples.get(capture)?.keys() ?? [])],
    captures: () => [...samples.keys()],
  };
}

/** One line of the comparison: a figure, and what it ought to be. */
export interface Comparison {
  capture: string;
  what: string;
  figure: string;
  target: string;
  isMet: boolean | null;
}

/** How many times longer each peer takes, by wall clock; the factors are the project's targets on a gigabyte. */
const FACTORS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  mixed: { [NAIVE]: 110, [FULL]: 20, [STATISTICS]: 7 },
  hostile: { [NAIVE]: 60 },
};
const GIGABYTE = 1_000_000_000;
const PEAK_MB = 200;
const SMALL = 10_000_000;
const SMALL_MS = 600;
const FIRST_WORD_MS = 1_000;

export interface Measured {
  capture: string;
  bytes: number;
  mix: 'mixed' | 'hostile';
}

/** Sets what we cost beside the peers and the targets. `ours` names subjects that do the whole analysis. */
export function compare(
  samples: AnalysisSamples,
  { capture, bytes, mix }: Measured,
  ours: readonly string[],
): Comparison[] {
  const isLarge = bytes >= GIGABYTE;
  return ours.flatMap((subject) => {
    const own = samples.of(capture, subject);
    if (own === null) return [];
    const ratios = [NAIVE, FULL, STATISTICS].flatMap((peer): Comparison[] => {
      const theirs = samples.of(capture, peer);
      if (theirs === null) return [];
      const [wall, cpu] = [theirs.wallMs / own.wallMs, theirs.cpuMs / own.cpuMs];
      const factor = isLarge ? FACTORS[mix]?.[peer] : undefined;
      return [
        {
          capture,
          what: `${peer} ÷ ${subject}`,
          figure: `${wall.toFixed(1)}× wall, ${cpu.toFixed(1)}× CPU`,
          target: factor === undefined ? '' : `${factor}×`,
          isMet: factor === undefined ? null : wall >= factor,
        },
      ];
    });
    return [...ratios, ...bounds(subject, own, { capture, bytes, isLarge })];
  });
}

function bounds(
  subject: string,
  { wallMs, peakMb, peakTogetherMb }: Cost,
  { capture, bytes, isLarge }: { capture: string; bytes: number; isLarge: boolean },
): Comparison[] {
  const memory = `${peakMb.toFixed(0)} MB, ${peakTogetherMb.toFixed(0)} MB with all its processes`;
  const peak = { capture, what: `${subject}: largest process`, figure: memory };
  const end = { capture, what: `${subject}: end to end`, figure: `${wallMs.toFixed(0)} ms` };
  return [
    isLarge
      ? { ...peak, target: `< ${PEAK_MB} MB`, isMet: peakMb < PEAK_MB }
      : { ...peak, target: '', isMet: null },
    bytes <= SMALL
      ? { ...end, target: `< ${SMALL_MS} ms`, isMet: wallMs < SMALL_MS }
      : { ...end, target: '', isMet: null },
  ];
}

/** A time that has a target of its own. */
export function within(capture: string, what: string, ms: number): Comparison {
  const target = `< ${FIRST_WORD_MS} ms`;
  return { capture, what, figure: `${ms.toFixed(0)} ms`, target, isMet: ms < FIRST_WORD_MS };
}
