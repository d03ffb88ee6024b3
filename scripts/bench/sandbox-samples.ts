import { cpus } from 'node:os';
import { median, timed, type Figure } from './figures.ts';

/** Times of the same steps over many rounds, in milliseconds. */
export interface Samples {
  /** Times a step. */
  step<T>(area: string, what: string, work: () => Promise<T>): Promise<T>;
  /** Times a piece of work, and the CPU time that the whole machine spends meanwhile. */
  work(area: string, what: string, work: () => Promise<unknown>): Promise<void>;
  add(area: string, what: string, ms: number): void;
  of(area: string, what: string): readonly number[];
  /** Forgets all, as after a round that only warmed up. */
  clear(): void;
  figures(area: string): Figure[];
}

const CPU = 'CPU of the whole machine';

export function createSamples(): Samples {
  const areas = new Map<string, Map<string, number[]>>();
  const add = (area: string, what: string, ms: number): void => {
    const steps = areas.get(area) ?? new Map<string, number[]>();
    areas.set(area, steps.set(what, [...(steps.get(what) ?? []), ms]));
  };
  return {
    add,
    async step(area, what, work) {
      const start = performance.now();
      const value = await work();
      add(area, what, performance.now() - start);
      return value;
    },
    async work(area, what, work) {
      const before = busy();
      add(area, what, await timed(work));
      add(area, `${what}: ${CPU}`, busy() - before);
    },
    clear: () => areas.clear(),
    of: (area, what) => areas.get(area)?.get(what) ?? [],
    figures: (area) => [...(areas.get(area) ?? [])].map(([what, times]) => figure(area, what, times)),
  };
}

export function figure(area: string, what: string, times: readonly number[], target?: number): Figure {
  const note = `p90 ${p90(times).toFixed(0)}, best ${Math.min(...times).toFixed(0)}`;
  return { area, what, value: median(times), unit: 'ms', note, ...(target === undefined ? {} : { target }) };
}

function p90(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.9) - 1] ?? Number.NaN;
}

/** What all processors have spent on work since the start of the machine, in milliseconds. */
function busy(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}
