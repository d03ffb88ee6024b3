import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { SEVERITIES } from '../../../src/domain/finding.ts';
import { claimFaults } from './claim-faults.ts';
import { checkEvidence, measureFile } from './tshark.ts';

const Captures = z.array(
  z.object({
    id: z.string(),
    file: z.string(),
    category: z.string(),
    tier: z.string(),
    readable_packets: z.number().optional(),
    max_severity: z.enum(SEVERITIES).optional(),
    basic: z.object({ packets: z.number().optional() }),
  }),
);
export type CorpusCapture = z.infer<typeof Captures>[number];

export const CORPUS_FOLDER = resolve(process.env['CAPWRIGHT_CORPUS'] ?? '../shared/corpus');

/** The captures of the shared corpus; empty, with a loud line, where there is none. */
export function corpusCaptures(): CorpusCapture[] {
  const manifest = join(CORPUS_FOLDER, 'manifest.json');
  if (existsSync(manifest)) return Captures.parse(JSON.parse(readFileSync(manifest, 'utf8')));
  process.stderr.write('NOT TESTED: no corpus of captures; set CAPWRIGHT_CORPUS to its folder.\n');
  return [];
}

/** Everything that is wrong with our measurement of one capture; empty where all holds. */
export async function captureFaults(capture: CorpusCapture): Promise<string[]> {
  const path = join(CORPUS_FOLDER, capture.file);
  const { facts, findings } = await measureFile(path);
  const expected = capture.readable_packets ?? capture.basic.packets;
  const { packets } = facts.capture;
  const counted = packets === expected ? [] : [`${capture.id}: ${packets} packets instead of ${expected}`];
  const limit = SEVERITIES.indexOf(capture.max_severity ?? 'critical');
  const tooGrave = findings.filter(({ severity }) => SEVERITIES.indexOf(severity) > limit);
  const struck = claimFaults(facts, findings).map((fault) => `${capture.id}: ${fault}`);
  const evidence = (await checkEvidence(path, findings)).flatMap(({ faults }) => faults);
  return [
    ...counted,
    ...tooGrave.map(({ kind, severity }) => `${capture.id}: ${kind} is ${severity} in a clean capture`),
    ...struck,
    ...evidence.map((fault) => `${capture.id}: ${fault}`),
  ];
}
