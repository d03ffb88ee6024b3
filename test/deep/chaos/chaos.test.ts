import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { MUTATIONS, mutate } from '../../chaos/mutations.ts';
import { ROOT } from '../../e2e/host.ts';

const seed = process.env['CAPWRIGHT_CHAOS_SEED'] ?? 'deep';

/** The command as a person runs it, for a minute; the long runs are made by hand. */
async function chaos(...flags: string[]) {
  const usual = ['--minutes', '1', '--seed', seed, '--tasks', '60'];
  const child = spawn(process.execPath, ['scripts/chaos.ts', ...usual, ...flags], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, told] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const counts = Object.fromEntries(
    said
      .trimEnd()
      .split('\n')
      .map((line) => line.split(': '))
      .map(([name = '', count]) => [name, Number(count)]),
  );
  return { said, counts, code: child.exitCode, story: told.slice(-6000) };
}

describe('a minute of chaos', () => {
  it('loses, doubles and leaves nothing', async () => {
    const { said, counts, code, story } = await chaos();

    expect({ code, violations: counts['violations'] }, story).toEqual({ code: 0, violations: 0 });
    expect(said).toMatch(/^kills: \d+\npauses: \d+\nfaults: \d+\ntasks: \d+\nviolations: 0\n$/);
    expect(counts['kills']).toBeGreaterThan(0);
    expect(counts['faults']).toBeGreaterThan(10);
    expect(counts['tasks']).toBeGreaterThan(10);
  });

  it.each(MUTATIONS)('finds out about $name', async (mutation) => {
    const mutant = mutate(ROOT, mutation);
    try {
      const { counts, code, story } = await chaos('--root', mutant.root, '--converge-minutes', '3');

      expect(code, story).toBe(1);
      expect(counts['violations'], story).toBeGreaterThan(0);
    } finally {
      mutant.remove();
    }
  });
});
