import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createMeasure } from '../../../../src/forensics/measure/measure.ts';
import { createCheckEvidence } from '../../../../src/forensics/verify/check-evidence.ts';
import type { Sandbox } from '../../../../src/ports.ts';
import { CORPUS_FOLDER, corpusCaptures } from '../../../forensics/measure/corpus.ts';
import { enginesHere } from '../../sandbox/engines.ts';
import { hostWithCanary } from '../../sandbox/host.ts';

const host = hostWithCanary();
const engines = await enginesHere(host.engines);
const captures = corpusCaptures();
afterAll(() => host.remove());

/** What the check in a sandbox, whose tshark may be of another version, does not bear out of its own measurement. */
async function faultsIn(sandbox: Sandbox, path: string): Promise<string[]> {
  const { signal } = new AbortController();
  const quiet = { signal, onProgress: () => undefined };
  const session = await sandbox.open({ capturePath: path, signal });
  try {
    const bytes = readFileSync(path).length;
    const file = { path, bytes, sha256: () => Promise.resolve('0'.repeat(64)), format: 'pcap' as const };
    const { facts, findings, partial } = await createMeasure()(session, { file, ...quiet });
    const { packets } = facts.capture;
    const input = { findings, bytes, packets, partial, full: true, ...quiet };
    const checked = await createCheckEvidence()(session, input);
    return checked.findings
      .filter(({ evidenceCheck }) => evidenceCheck.result !== 'confirmed')
      .map(({ kind, filter, evidenceCheck: { note } }) => `${kind}: ${filter}: ${note}`);
  } finally {
    await session.stop();
  }
}

describe.each(engines)('every finding of the corpus on $name', ({ sandbox }) => {
  it.for(captures)('is borne out in full by its own filter: $id', { timeout: 300_000 }, async ({ file }) => {
    expect(await faultsIn(sandbox, join(CORPUS_FOLDER, file))).toEqual([]);
  });
});
