import { describe, expect, it } from 'vitest';
import { captureFaults, corpusCaptures } from '../../../forensics/measure/corpus.ts';

const captures = corpusCaptures();

describe.runIf(captures.length > 0)('the measurement of the whole corpus', () => {
  it.for(captures)(
    'counts the packets of $id and cites frames that its filters match',
    { timeout: 300_000 },
    async (capture) => {
      expect(await captureFaults(capture)).toEqual([]);
    },
  );
});
