import type { StoreKind } from './directory.ts';
import { simulate, type Outcome } from './simulation.ts';
import { createPump } from './time.ts';

/** Which lives to live: `seed` alone where it is one, `seed-<from>` and so on where there are many. */
export interface Seeds {
  seed: string;
  from: number;
  count: number;
  /** Every so many lives one is lived on the real store and the real audit; 0 for none. */
  sqliteEvery: number;
}

export interface Summary {
  seeds: number;
  processes: number;
  /** Tasks by the word that their agents heard last. */
  ended: Record<string, number>;
  broken: { seed: string; kind: StoreKind; violations: string[] }[];
}

/** More at once are slower: what they hold falls out of the processor's cache. */
const AT_ONCE = 6;

export function seedName({ seed, count }: Pick<Seeds, 'seed' | 'count'>, n: number): string {
  return count === 1 ? seed : `${seed}-${n}`;
}

/** Lives all of them, some at a time, and says what came of it; `total` is of the whole run where this is a part. */
export async function runSeeds(seeds: Seeds, total = seeds.count): Promise<Summary> {
  const pump = createPump();
  const summary: Summary = { seeds: 0, processes: 0, ended: {}, broken: [] };
  let next = seeds.from;
  const end = seeds.from + seeds.count;
  const lane = async (): Promise<void> => {
    while (next < end) {
      const n = next;
      next += 1;
      const kind = seeds.sqliteEvery > 0 && n % seeds.sqliteEvery === 0 ? 'sqlite' : 'memory';
      const seed = seedName({ seed: seeds.seed, count: total }, n);
      add(summary, { seed, kind }, await simulate({ seed, kind, pump }).catch(failed));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return summary;
}

function failed(error: unknown): Outcome {
  return { violations: [error instanceof Error ? error.message : String(error)], processes: 0, ended: [] };
}

function add(
  summary: Summary,
  life: { seed: string; kind: StoreKind },
  { violations, processes, ended }: Outcome,
): void {
  summary.seeds += 1;
  summary.processes += processes;
  for (const word of ended) {
    summary.ended[word] = (summary.ended[word] ?? 0) + 1;
  }
  if (violations.length > 0) {
    summary.broken.push({ ...life, violations });
  }
}

export function merge(parts: readonly Summary[]): Summary {
  const whole: Summary = { seeds: 0, processes: 0, ended: {}, broken: [] };
  for (const { seeds, processes, ended, broken } of parts) {
    whole.seeds += seeds;
    whole.processes += processes;
    whole.broken.push(...broken);
    for (const [word, count] of Object.entries(ended)) {
      whole.ended[word] = (whole.ended[word] ?? 0) + count;
    }
  }
  return whole;
}

/** What happened in one life, line by line, and what was wrong with it. */
export async function retell(seed: string, kind: StoreKind): Promise<string[]> {
  const history: string[] = [];
  const { violations } = await simulate({ seed, kind, pump: createPump(), history }).catch(failed);
  return [...history, ...violations.map((line) => `VIOLATION ${line}`)];
}
