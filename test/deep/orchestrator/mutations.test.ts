import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MUTANTS, NO_FENCE, type Mutant } from './mutants.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const run = promisify(execFile);
const Lived = z.object({ lived: z.number(), violations: z.array(z.string()) });

let copies: string[] = [];
afterEach(() => {
  copies.forEach((copy) => rmSync(copy, { recursive: true, force: true }));
  copies = [];
});

/** The source in another place, changed; a patch that does not fit exactly once has outlived what it changed. */
function copyWith(patches: Mutant['patches']): string {
  const copy = mkdtempSync(join(tmpdir(), 'capwright-mutant-'));
  copies.push(copy);
  ['src', 'tools', 'test', 'package.json'].forEach((name) =>
    cpSync(join(ROOT, name), join(copy, name), { recursive: true }),
  );
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const { file, from, to } of patches) {
    const path = join(copy, file);
    const parts = readFileSync(path, 'utf8').split(from);
    expect(`${file} has ${parts.length - 1} times: ${from}`).toBe(`${file} has 1 times: ${from}`);
    writeFileSync(path, parts.join(to));
  }
  return copy;
}

async function live(copy: string, { kind, most }: Pick<Mutant, 'kind' | 'most'>) {
  const script = join(copy, 'test', 'deep', 'orchestrator', 'first-violation.ts');
  const options = { cwd: copy, maxBuffer: 1e8 };
  const { stdout } = await run(process.execPath, ['--no-warnings', script, kind, String(most)], options);
  return Lived.parse(JSON.parse(stdout));
}

describe('without one of its safeguards', () => {
  it.each(MUTANTS)('the simulation breaks within $most lives: $name', async (mutant) => {
    const { lived, violations } = await live(copyWith(mutant.patches), mutant);

    process.stderr.write(`${mutant.name}: ${lived} lives, ${violations[0]?.slice(0, 120)}\n`);
    expect(violations).not.toEqual([]);
  });

  it('the contract of the store breaks where the fence is not looked at', async () => {
    const copy = copyWith(NO_FENCE);
    const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
    const contract = ['run', '--root', copy, 'test/adapters/sqlite-task-store/contract.test.ts'];

    await expect(run(process.execPath, [vitest, ...contract], { cwd: copy })).rejects.toMatchObject({
      stdout: expect.stringContaining('takes over only from the dead'),
    });
  });

  it('and with all of them, neither breaks', async () => {
    const copy = copyWith([]);

    expect(await live(copy, { kind: 'memory', most: 500 })).toEqual({ lived: 500, violations: [] });
    expect(await live(copy, { kind: 'sqlite', most: 20 })).toEqual({ lived: 20, violations: [] });
  });
});
