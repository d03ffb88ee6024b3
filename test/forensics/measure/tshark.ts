import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Finding } from '../../../src/domain/finding.ts';
import {
  createMeasure,
  type MeasureInput,
  type Measurement,
} from '../../../src/forensics/measure/measure.ts';
import { wordFaults } from './words.ts';
import { createHostSession } from '../../fakes/host-session.ts';

const execute = promisify(execFile);

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

/**
 * How many frames each display filter matches, asked of tshark in one run; null for all where it refuses one.
 * Length statistics are the one tap that takes any filter as it is.
 */
export async function countMatches(path: string, filters: readonly string[]): Promise<(number | null)[]> {
  const asked = ['frame', ...filters, 'frame.number == 0'];
  const argv = ['-n', '-q', '-r', path, ...asked.flatMap((filter) => ['-z', `plen,tree,${filter}`])];
  const stdout = await execute('tshark', argv, { maxBuffer: 64 * 1024 * 1024 }).then(
    (result) => result.stdout,
    // A damaged file ends with an error behind its last readable packet, but the counts are printed.
    (error: { stdout?: string }) => error.stdout ?? '',
  );
  const counts = [...stdout.matchAll(/^Packet Lengths +(\d+)/gm)].map((match) => Number(match[1]));
  if (counts.length !== asked.length) return filters.map(() => null);
  // Versions differ in whether the first tap asked for is printed first or last; "no frame" tells which.
  return (counts[0] === 0 ? counts.toReversed() : counts).slice(1, -1);
}

export interface CheckedEvidence {
  finding: Finding;
  /** How many frames the finding's filter matches. */
  matched: number | null;
  /** What does not hold; empty where tshark confirms the finding. */
  faults: string[];
}

/** Asks tshark whether each finding's filter matches all the frames that the finding cites. */
export async function checkEvidence(path: string, findings: readonly Finding[]): Promise<CheckedEvidence[]> {
  const cited = findings.map(
    ({ filter, frames }) => `(${filter}) && frame.number in {${frames.join(', ') || '0'}}`,
  );
  const counts = await countMatches(path, [...findings.map(({ filter }) => filter), ...cited]);
  return findings.map((finding, index) => {
    const { kind, filter, frames } = finding;
    const matched = counts[index] ?? null;
    const confirmed = counts[findings.length + index] ?? null;
    const holds = frames.length > 0 && confirmed === new Set(frames).size;
    const fault = `${kind}: ${filter} matches ${confirmed} of the frames ${frames.join(', ')}`;
    return { finding, matched, faults: [...(holds ? [] : [fault]), ...wordFaults(finding)] };
  });
}
