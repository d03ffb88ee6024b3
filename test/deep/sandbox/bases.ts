import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateScenario } from '../../../src/local-azure/traffic/scenario.ts';
import { corpusCaptures, CORPUS_FOLDER } from '../../forensics/measure/corpus.ts';

/** A capture that mutants are made of. */
export interface Base {
  id: string;
  path: string;
}

const LARGEST_BYTES = 200 * 1024;

/** Small captures of many protocols from the corpus; where there is none, captures of the project's own making. */
export function baseCaptures(folder: string): Base[] {
  const small = corpusCaptures()
    .filter(({ basic }) => (basic.packets ?? 0) > 0)
    .map(({ id, file }) => ({ id, path: join(CORPUS_FOLDER, file) }))
    .filter(({ path }) => statSync(path).size <= LARGEST_BYTES);
  return small.length > 0 ? small : generatedCaptures(folder, 12);
}

/** Captures that hold planted faults of every kind that the project can make. */
export function generatedCaptures(folder: string, count: number): Base[] {
  return Array.from({ length: count }, (_, n) => {
    const id = `generated-${n + 1}`;
    const path = join(folder, `${id}.pcap`);
    const local = { address: '10.0.0.4' };
    const { pcap } = generateScenario({
      seed: n + 1,
      startTime: 1_780_000_000,
      durationSeconds: 30,
      maxBytes: LARGEST_BYTES,
      local,
    });
    writeFileSync(path, pcap, { mode: 0o644 });
    return { id, path };
  });
}
