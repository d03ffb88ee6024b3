import { expect, it } from 'vitest';
import { readMutants } from './mutants.ts';
import { readPacketMutants } from './packet-mutants.ts';
import { SEEDS } from './seeds.ts';

const FILES = 5_000;
const PACKETS = 50_000;

it('survives 5,000 damaged captures without an error', () => {
  // The damage must not keep the reader from reaching the decoders.
  expect(readMutants(SEEDS, 0, FILES)).toBeGreaterThan(FILES);
});

it('survives 50,000 damaged packets without an error', () => {
  expect(readPacketMutants(0, PACKETS)).toBeGreaterThan(PACKETS / 3);
});
