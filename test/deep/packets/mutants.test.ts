import { expect, it } from 'vitest';
import { readMutants } from '../../packets/mutants.ts';
import { readPacketMutants } from '../../packets/packet-mutants.ts';
import { SEEDS } from '../../packets/seeds.ts';

/** Some three minutes; ten million take some ten minutes of one core: CAPWRIGHT_MUTANTS=10000000. */
const MUTANTS = Number(process.env['CAPWRIGHT_MUTANTS'] ?? 3_000_000);
/** A damaged file is dearer than a damaged packet, and damage to its format is soon told. */
const FILES = Math.ceil(MUTANTS / 50);
/** Behind the numbers of the fast tier. */
const FIRST = 1_000_000;
const STEP = 10_000;
/** What a leak per mutant would exceed soon. */
const MOST_GROWTH = 384 * 1024 * 1024;

it.each([
  ['packets', MUTANTS, readPacketMutants],
  ['captures', FILES, (from: number, to: number) => readMutants(SEEDS, from, to)],
])('survives damaged %s within bounded memory: %i of them', { timeout: 6 * 3_600_000 }, (_, count, read) => {
  read(FIRST - STEP, FIRST);
  const before = process.memoryUsage.rss();
  let reached = 0;

  for (let done = 0; done < count; done += STEP)
    reached += read(FIRST + done, FIRST + Math.min(done + STEP, count));

  expect(reached).toBeGreaterThan(count / 3);
  expect(process.memoryUsage.rss() - before).toBeLessThan(MOST_GROWTH);
});
