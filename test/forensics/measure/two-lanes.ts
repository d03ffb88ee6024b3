import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Finding } from '../../../src/domain/finding.ts';
import { createMeasure, type Measurement } from '../../../src/forensics/measure/measure.ts';
import { asChunks } from '../../fakes/chunks.ts';
import { createHostSession } from '../../fakes/host-session.ts';

const PIECE = 1024 * 1024;

/** The capture measured as a small one, every packet by tshark, and as a large one, in one pass of our own reader. */
export async function bothLanes(path: string): Promise<{ whole: Measurement; large: Measurement }> {
  const data = readFileSync(path);
  const sha256 = createHash('sha256').update(data).digest('hex');
  const file = { path, bytes: data.length, sha256: () => Promise.resolve(sha256), format: 'pcap' as const };
  const input = { file, signal: new AbortController().signal, onProgress: () => undefined };
  const chunks = () => asChunks(pieces(data));
  return {
    whole: await createMeasure()(createHostSession(path), input),
    large: await createMeasure({ chunks, wholeBytes: -1 })(createHostSession(path), input),
  };
}

function* pieces(data: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < data.length; at += PIECE) yield data.subarray(at, at + PIECE);
}

/** In which findings the two differ, one sentence each. */
export function differencesOf(whole: Measurement, large: Measurement): string[] {
  const [expected, got] = [told(whole.findings), told(large.findings)];
  return [
    ...expected.filter((finding) => !got.includes(finding)).map((finding) => `only by tshark: ${finding}`),
    ...got.filter((finding) => !expected.includes(finding)).map((finding) => `only in one pass: ${finding}`),
  ];
}

const told = (findings: readonly Finding[]): string[] =>
  findings.map(
    ({ kind, severity, count, frames, times, actor, target }) =>
      `${kind} ${severity} ${count} times, frames ${frames.join(' ')} at ${times.join(' ')}, ${actor.join(' ')} > ${target.join(' ')}`,
  );
