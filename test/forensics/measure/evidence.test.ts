import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateScenario } from '../../../src/local-azure/traffic/scenario.ts';
import { captureFaults, corpusCaptures } from './corpus.ts';
import { checkEvidence, measureFile } from './tshark.ts';

/** The core of the broken and the clean files, and one of each other kind; test/deep has them all. */
function sample() {
  const seen = new Set<string>();
  return corpusCaptures().filter(({ category, tier }) => {
    if (category === 'bad_input' || category === 'benign') return tier === 'core';
    const first = !seen.has(category);
    seen.add(category);
    return first;
  });
}

describe('the check of evidence', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'capwright-evidence-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('tells a filter that matches its frames from one that misses some and one that tshark refuses', async () => {
    const path = join(folder, 'generated.pcap');
    const local = { address: '10.0.0.4' };
    writeFileSync(
      path,
      generateScenario({ seed: 3, startTime: 1_790_000_000, durationSeconds: 30, local }).pcap,
    );
    const [finding] = (await measureFile(path)).findings;
    if (finding === undefined) throw new Error('nothing found in a capture with planted faults');
    const foreign = { ...finding, frames: [...finding.frames, 1_000_000] };

    const [good, bad] = await checkEvidence(path, [finding, foreign]);
    const [refused] = await checkEvidence(path, [{ ...finding, filter: 'no.such.field == 1' }]);

    expect(good).toMatchObject({ faults: [], matched: finding.count });
    expect(bad?.faults).toHaveLength(1);
    expect(refused?.faults).toHaveLength(1);
  });
});

const captures = sample();

if (captures.length > 0) {
  describe.concurrent('the measurement of captures from the wild', () => {
    it.for(captures)(
      'counts the packets of $id and cites frames that its filters match',
      { timeout: 120_000 },
      async (capture) => {
        expect(await captureFaults(capture)).toEqual([]);
      },
    );
  });
}
