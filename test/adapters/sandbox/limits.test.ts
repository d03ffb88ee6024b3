import { describe, expect, it } from 'vitest';
import { limitsFor, withMemory } from '../../../src/adapters/sandbox/limits.ts';
import type { Isolation } from '../../../src/domain/isolation.ts';

const MIB = 1024 ** 2;
const big = { memoryBytes: 64 * 1024 * MIB, cpus: 8 };

/** What was measured of tshark: about 160 MB, and 0.6 KB for each packet, or 1.43 bytes per byte put together. */
const measuredNeed = (bytes: number, packets: number): number =>
  160e6 + Math.max(600 * packets, 1.43 * bytes) + 64 * MIB;

describe('the limits for a capture', () => {
  it.each([
    ['nothing', 0, 512],
    ['10 MB', 10e6, 512],
    ['50 MB', 50e6, 797],
    ['100 MB', 100e6, 1274],
    ['1 GB', 1e9, 4096],
  ])('of %s: memory grows with its size, between 512 MiB and 4 GiB', (_what, bytes, mebibytes) => {
    expect(Math.round(limitsFor(bytes, big).memoryBytes / MIB)).toBe(mebibytes);
  });

  it.each([76, 200, 800, 1516])(
    'hold what tshark was measured to take of 100 MB in records of %i bytes, and a full workspace',
    (record) => {
      expect(limitsFor(100e6, big).memoryBytes).toBeGreaterThan(measuredNeed(100e6, 100e6 / record));
    },
  );

  it('hold what tshark was measured to take of a usual gigabyte', () => {
    expect(limitsFor(1.05e9, big).memoryBytes).toBeGreaterThan(measuredNeed(1.05e9, 1_346_530));
  });

  it('leave the engine a quarter of its memory, and its CPUs', () => {
    const small = { memoryBytes: 1024 * MIB, cpus: 0.5 };

    expect(limitsFor(1e9, small)).toMatchObject({ memoryBytes: 768 * MIB, cpus: 0.5, pids: 64 });
  });
});

describe('a shortage of memory', () => {
  const isolation: Isolation = { engine: 'docker', description: 'a container', lacks: ['One thing.'] };

  it('is among what the isolation lacks, with what there is and what it usually takes', () => {
    const limits = limitsFor(1e9, { memoryBytes: 1024 * MIB, cpus: 1 });

    const { lacks } = withMemory(isolation, 1e9, limits);

    expect(lacks[0]).toBe('One thing.');
    expect(lacks[1]).toContain('it has 768 MiB, and reading usually takes up to 2228 MiB');
  });

  it('is not told where a usual capture of that size fits', () => {
    for (const bytes of [0, 1e6, 100e6, 1e9]) {
      expect(withMemory(isolation, bytes, limitsFor(bytes, big))).toEqual(isolation);
    }
    const small = limitsFor(0, { memoryBytes: 512 * MIB, cpus: 1 });
    expect(withMemory(isolation, 0, small)).toEqual(isolation);
  });
});
