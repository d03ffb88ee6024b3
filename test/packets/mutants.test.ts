import { expect, it } from 'vitest';
import { readMutants } from './mutants.ts';
import { SEEDS } from './seeds.ts';

const MUTANTS = 20_000;

it('survives 20,000 damaged captures without an error', () => {
  // The damage must not keep the reader from reaching the decoders.
  expect(readMutants(SEEDS, 0, MUTANTS)).toBeGreaterThan(MUTANTS);
});
