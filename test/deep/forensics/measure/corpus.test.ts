import { describe, expect, it } from 'vitest';
import { captureFaults, corpusCaptures } from '../../../forensics/measure/corpus.ts';

const captures = corpusCaptures();

describe('the measurement of the whole corpus', () => {
  it('has captures to work on', () => {
    expect(captures.length).toBeGreaterThan(0);
  });

  it.for(captures)(
    'counts the packets of $id and cites frames that its filters match',
    { timeout: 300_000 },
    async (capture) => {
      expect(await captureFaults(capture)).toEqual([]);
    },
  );
});
