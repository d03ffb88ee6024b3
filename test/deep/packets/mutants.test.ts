import { expect, it } from 'vitest';
import { readMutants } from '../../packets/mutants.ts';
import { SEEDS } from '../../packets/seeds.ts';

/** Ten million take about an hour of one core: CAPWRIGHT_MUTANTS=10000000. */
const MUTANTS = Number(process.env['CAPWRIGHT_MUTANTS'] ?? 300_000);
const FIRST = 1_000_000;
const STEP = 10_000;
/** What a leak per mutant would exceed soon. */
const MOST_GROWTH = 256 * 1024 * 1024;

it(`survives ${MUTANTS} damaged captures within bounded memory`, { timeout: 6 * 3_600_000 }, () => {
  readMutants(SEEDS, FIRST - STEP, FIRST);
  const before = process.memoryUsage.rss();
  let packets = 0;

  for (let done = 0; done < MUTANTS; done += STEP)
    packets += readMutants(SEEDS, FIRST + done, FIRST + Math.min(done + STEP, MUTANTS));

  expect(packets).toBeGreaterThan(MUTANTS);
  expect(process.memoryUsage.rss() - before).toBeLessThan(MOST_GROWTH);
});
