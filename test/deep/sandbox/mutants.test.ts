import { afterAll, describe, expect, it } from 'vitest';
import type { RunOutcome } from '../../../src/ports.ts';
import { baseCaptures } from './bases.ts';
import { childProcesses, enginesHere } from './engines.ts';
import { hostWithCanary, watchMemory } from './host.ts';
import { distribution, judgeMutants, type Mutant, named, plannedMutants } from './mutants.ts';

/** Of 1,000 mutants, how many each engine meets, and where its seeds begin: no two meet the same mutant. */
const SHARES: Record<string, { share: number; firstSeed: number }> = {
  docker: { share: 0.7, firstSeed: 1 },
  bubblewrap: { share: 0.3, firstSeed: 100_001 },
};
const ALL = Number(process.env['CAPWRIGHT_MUTANTS'] ?? '1000');
/** `CAPWRIGHT_MUTANT='<capture> <probability> <seed>'` meets one mutant again, as a failure names it. */
const AGAIN = process.env['CAPWRIGHT_MUTANT']?.split(' ');
/** How a command may end where nobody cancelled it and no engine died. */
const ENDINGS: readonly string[] = [
  'exit',
  'timeout',
  'out_of_memory',
  'output_overflow',
  'crash',
] satisfies RunOutcome[];
const MOST_MEMORY = 512 * 1024 ** 2;

const host = hostWithCanary();
const bases = baseCaptures(host.captures);
const engines = await enginesHere(host.engines);
afterAll(() => host.remove());

function mutantsFor(engine: string): Mutant[] {
  const { share = 1, firstSeed = 1 } = SHARES[engine] ?? {};
  if (AGAIN === undefined) return plannedMutants(bases, Math.ceil(ALL * share), firstSeed);
  const [id, probability, seed] = AGAIN;
  const mutants = bases.map((base) => ({ base, probability: Number(probability), seed: Number(seed) }));
  return mutants.filter(({ base }) => base.id === id);
}

describe('mutants of captures', () => {
  it('have captures to be made of, and an engine to be read in', () => {
    expect(bases.length).toBeGreaterThan(5);
    expect(engines.length).toBeGreaterThan(0);
  });

  it.for(engines)('in $name all end as something that has a name, and touch nothing', async (engine) => {
    const mutants = mutantsFor(engine.name);
    expect(mutants.length).toBeGreaterThan(0);
    const before = host.fingerprint(bases);
    const children = childProcesses();
    const mostMemory = watchMemory();

    const verdicts = await judgeMutants(engine.sandbox, mutants, 2);

    const grown = mostMemory();
    const line = `${engine.name}: ${verdicts.length} mutants of ${bases.length} captures: ${distribution(verdicts)}`;
    process.stderr.write(`${line}; ${Math.round(grown / 1024 ** 2)} MiB more\n`);
    const faults = verdicts.flatMap(({ mutant, faults }) =>
      faults.map((fault) => `${named(mutant)}: ${fault}`),
    );
    expect(faults).toEqual([]);
    expect(verdicts).toHaveLength(mutants.length);
    expect(verdicts.filter(({ outcome }) => !ENDINGS.includes(outcome))).toEqual([]);
    expect(await engine.leftovers()).toEqual([]);
    expect(childProcesses()).toEqual(children);
    expect(host.engineFiles()).toEqual([]);
    expect(host.fingerprint(bases)).toBe(before);
    expect(grown).toBeLessThan(MOST_MEMORY);
  });
});
