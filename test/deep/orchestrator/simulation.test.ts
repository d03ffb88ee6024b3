import { describe, expect, it } from 'vitest';
import { installQuickAbort } from './quick-abort.ts';
import { retell, runSeeds } from './run-seeds.ts';

installQuickAbort();

/** CAPWRIGHT_SIM_SEEDS sets how many lives are lived; `npm run test:simulate` lives any number on all processors. */
const count = Number(process.env['CAPWRIGHT_SIM_SEEDS'] ?? '20000');
/** A life on the real store and the real audit takes some fifty times as long. */
const REAL_EVERY = 100;

describe('servers that share a state directory and die at any moment', () => {
  it('hold every promise once the troubles are over, on the real store as well', async () => {
    const summary = await runSeeds({ seed: 'deep', from: 0, count, sqliteEvery: REAL_EVERY });

    process.stderr.write(`${summary.seeds} lives: ${JSON.stringify(summary.ended)}\n`);
    expect(summary.broken).toEqual([]);
    expect(Object.keys(summary.ended).toSorted()).toEqual([
      'task_cancelled',
      'task_completed',
      'task_failed',
      'task_timed_out',
    ]);
    expect(summary.processes).toBeGreaterThan(3 * count);
  });

  it('live the same life again from the same seed', async () => {
    const first = await retell('again', 'memory');

    expect(first.length).toBeGreaterThan(10);
    expect(await retell('again', 'memory')).toEqual(first);
  });
});
