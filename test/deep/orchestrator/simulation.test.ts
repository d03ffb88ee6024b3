import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { simulate, type Outcome } from './simulation.ts';

/** CAPWRIGHT_SIM_SEEDS sets how many lives are lived, CAPWRIGHT_SIM_SEED repeats one. */
const count = Number(process.env['CAPWRIGHT_SIM_SEEDS'] ?? '300');
const one = process.env['CAPWRIGHT_SIM_SEED'];
const seeds = one === undefined ? Array.from({ length: count }, (_, n) => `seed-${n}`) : [one];

// Processes die here, the machine doesn't: what they wrote need not reach a disk, and waiting for one takes most of the time.
const MEMORY = '/dev/shm';
beforeAll(() => {
  if (existsSync(MEMORY)) {
    process.env['TMPDIR'] = MEMORY;
  }
});

function tell(outcomes: readonly Outcome[]): void {
  const ends = Object.entries(
    Object.groupBy(
      outcomes.flatMap(({ ended }) => ended),
      (status) => status,
    ),
  );
  const deaths = outcomes.reduce((sum, outcome) => sum + outcome.deaths, 0);
  const words = ends.map(([status, all]) => `${all?.length} ${status}`);
  process.stderr.write(`${outcomes.length} lives, ${deaths} deaths, tasks: ${words.join(', ')}\n`);
}

/** Simulated time needs no real time: a life that takes a minute of it waits for something that never comes. */
async function stuck(seed: string): Promise<never> {
  await delay(60_000, undefined, { ref: false });
  throw new Error(`CAPWRIGHT_SIM_SEED=${seed} is stuck`);
}

describe('servers that share a state directory and die at any moment', () => {
  it('hold every promise once the troubles are over', async () => {
    const outcomes: Outcome[] = [];
    const broken: Record<string, string[]> = {};
    for (const seed of seeds) {
      const outcome = await Promise.race([simulate(seed), stuck(seed)]);
      outcomes.push(outcome);
      if (outcome.violations.length > 0) {
        broken[`CAPWRIGHT_SIM_SEED=${seed}`] = outcome.violations;
      }
    }

    tell(outcomes);
    expect(broken).toEqual({});
    expect(outcomes.some(({ ended }) => ended.includes('task_completed'))).toBe(true);
    expect(outcomes.every(({ deaths }) => deaths > 0)).toBe(true);
  });
});
