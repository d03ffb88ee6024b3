import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CORPUS_FOLDER, corpusCaptures } from '../../../forensics/measure/corpus.ts';
import { bothLanes, differencesOf } from '../../../forensics/measure/two-lanes.ts';

const captures = corpusCaptures();

describe.runIf(captures.length > 0)('the corpus read as large captures are', () => {
  it.for(captures)(
    'shows in $id what tshark shows over every packet',
    { timeout: 300_000 },
    async ({ file }) => {
      const { whole, large } = await bothLanes(join(CORPUS_FOLDER, file));
      expect(differencesOf(whole, large)).toEqual([]);
    },
  );
});
