import { describe, expect, it } from 'vitest';
import { installQuickAbort } from '../deep/orchestrator/quick-abort.ts';
import { runSeeds } from '../deep/orchestrator/run-seeds.ts';

installQuickAbort();
Error.stackTraceLimit = 0;

/** As many as one can wait for; `npm run test:simulate -- --seeds N` lives more. */
const COUNT = 5000;

describe('5,000 simulated lives of a state directory', () => {
  it('keep every promise, whoever dies and whatever Azure does', { timeout: 300_000 }, async () => {
    const { broken, ended, seeds } = await runSeeds({
      seed: 'fast',
      from: 0,
      count: COUNT,
      sqliteEvery: 1000,
    });

    expect(broken).toEqual([]);
    expect(seeds).toBe(COUNT);
    expect(ended['task_completed']).toBeGreaterThan(COUNT / 2);
    expect(ended['task_cancelled']).toBeGreaterThan(COUNT / 5);
  });
});
