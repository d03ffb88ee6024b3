import { afterAll, describe, expect, it } from 'vitest';
import { generatedCaptures } from '../../deep/sandbox/bases.ts';
import { childProcesses, enginesHere } from '../../deep/sandbox/engines.ts';
import { hostWithCanary } from '../../deep/sandbox/host.ts';
import { judgeMutants, named, plannedMutants } from '../../deep/sandbox/mutants.ts';

const host = hostWithCanary();
const bases = generatedCaptures(host.captures, 2);
const engines = await enginesHere(host.engines);
afterAll(() => host.remove());

/** The first of the thousand that the deep tier makes of a corpus. */
describe('ten mutants of captures', () => {
  it('have an engine to be read in', () => {
    expect(engines.length).toBeGreaterThan(0);
  });

  it.for(engines)(
    'in $name are measured without a fault, and leave nothing',
    { timeout: 180_000 },
    async (engine) => {
      const mutants = plannedMutants(bases, 10, 1);
      const before = host.fingerprint(bases);
      const children = childProcesses();

      const verdicts = await judgeMutants(engine.sandbox, mutants, 2);

      expect(
        verdicts.flatMap(({ mutant, faults }) => faults.map((fault) => `${named(mutant)}: ${fault}`)),
      ).toEqual([]);
      expect(verdicts).toHaveLength(mutants.length);
      expect(verdicts.some(({ packets }) => packets > 100)).toBe(true);
      expect(await engine.leftovers()).toEqual([]);
      expect(childProcesses()).toEqual(children);
      expect(host.fingerprint(bases)).toBe(before);
    },
  );
});
