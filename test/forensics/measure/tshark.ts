import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { UNCHECKED } from '../../../src/domain/evidence-check.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import {
  createMeasure,
  type MeasureInput,
  type Measurement,
} from '../../../src/forensics/measure/measure.ts';
import { wordFaults } from './words.ts';
import { createCheckEvidence } from '../../../src/forensics/verify/check-evidence.ts';
import { countMatches as countInSession } from '../../../src/forensics/verify/count-matches.ts';
import { CAPTURE_PATH } from '../../../src/ports.ts';
import { createHostSession } from '../../fakes/host-session.ts';

/** Measures a file with this machine's tshark. */
export function measureFile(
  path: string,
  options: Partial<Omit<MeasureInput, 'file'>> = {},
): Promise<Measurement> {
  const { onProgress = () => undefined, signal = new AbortController().signal, budget } = options;
  const data = readFileSync(path);
  const sha256 = createHash('sha256').update(data).digest('hex');
  const file = { path, bytes: data.length, sha256: () => Promise.resolve(sha256), format: 'pcap' as const };
  return createMeasure()(createHostSession(path), { file, signal, onProgress, budget });
}

/** How many frames each display filter matches, asked of this machine's tshark; null for one that it refuses. */
export async function countMatches(path: string, filters: readonly string[]): Promise<(number | null)[]> {
  const { signal } = new AbortController();
  const counting = { path: CAPTURE_PATH, filters, timeoutMs: 120_000, signal };
  const answer = await countInSession(createHostSession(path), counting, () => undefined);
  return 'counts' in answer ? [...answer.counts] : filters.map(() => null);
}

export interface CheckedEvidence {
  finding: Finding;
  /** How many frames the finding's filter matches. */
  matched: number | null;
  /** What does not hold; empty where tshark confirms the finding. */
  faults: string[];
}

/** Has this machine's tshark run the filter of each finding over the whole file. */
export async function checkEvidence(path: string, findings: readonly Finding[]): Promise<CheckedEvidence[]> {
  const checked = await createCheckEvidence()(createHostSession(path), {
    findings,
    bytes: statSync(path).size,
    packets: 0,
    partial: null,
    full: true,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  return findings.map((finding, index) => {
    const { result, matched, note } = checked.findings[index]?.evidenceCheck ?? UNCHECKED;
    const fault = `${finding.kind}: ${finding.filter}: ${note}`;
    return { finding, matched, faults: [...(result === 'confirmed' ? [] : [fault]), ...wordFaults(finding)] };
  });
}
