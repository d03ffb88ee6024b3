import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/domain/replay.ts';

const run = (stdout: string, exitCode: number | null = 0, stderr = '') => ({ stdout, stderr, exitCode });

const lines = (word: string) => Array.from({ length: 5000 }, (_, n) => `${word} ${n}`).join('\n');

describe('two runs of a script', () => {
  it('are the same when stdout and exit code are; stderr is told only', () => {
    expect(compareRuns(run('a\nb\n'), run('a\nb\n', 0, 'warning'))).toEqual({
      same: true,
      exitCode: { kept: 0, now: 0 },
      stdout: { same: true, keptChars: 4, nowChars: 4, diff: [] },
      stderrSame: false,
    });
  });

  it.each([
    ['another exit code', run('a'), run('a', 1)],
    ['a limit in the place of an exit code', run('a'), run('a', null)],
    ['a blank more at the end of a line', run('a\n'), run('a \n')],
    ['lines in another order', run('a\nb\n'), run('b\na\n')],
    ['a missing last line end', run('a\n'), run('a')],
  ])('are different with %s', (_what, kept, now) => {
    expect(compareRuns(kept, now).same).toBe(false);
  });

  it('are shown by what stands between the lines that they share', () => {
    const { stdout } = compareRuns(run('head\nold\ntail\n'), run('head\nnew\nmore\ntail\n'));

    expect(stdout.diff).toEqual(['@@ from line 2 @@', '-old', '+new', '+more']);
  });

  it('are shown at most some sixty lines each, however much they differ', () => {
    const { diff } = compareRuns(run(lines('kept')), run(lines('x'.repeat(1000)))).stdout;

    expect(diff).toHaveLength(123);
    expect(diff).toContain('-… 4940 more lines');
    expect(Math.max(...diff.map((line) => line.length))).toBeLessThanOrEqual(241);
  });
});
