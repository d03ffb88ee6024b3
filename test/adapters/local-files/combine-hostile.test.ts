import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { combineCaptures } from '../../../src/adapters/local-files/combine-captures.ts';
import { scanPart, type ScannedPart } from '../../../src/adapters/local-files/scan-part.ts';
import { CapwrightError } from '../../../src/domain/errors.ts';
import type { Combined } from '../../../src/ports.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';
import { tsharkPresent } from '../../local-azure/traffic/tshark.ts';
import { packetsOf, pcap, pcapng } from './capture-bytes.ts';

const dir = eachStateDir();

const START = 1_790_000_000;
const still = new AbortController().signal;
const into = (): string => join(dir.path, 'combined.cap');

/** The same numbers for the same seed, so that a failure can be had again. */
function createRandom(seed: number) {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), state | 1);
    const again = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61));
    return ((again ^ (again >>> 14)) >>> 0) % below;
  };
}

/** The bytes after one to eight wild writes, and sometimes a cut. */
function damaged(bytes: Buffer, random: (below: number) => number): Buffer {
  const worse = Buffer.from(bytes);
  for (let writes = 1 + random(8); writes > 0; writes -= 1) {
    const at = random(worse.length - 4);
    const values = [random(256), 0, 0xff, 0x7f];
    const value = values[random(4)] ?? 0;
    worse.fill(value, at, at + 1 + random(4));
  }
  return random(3) === 0 ? worse.subarray(0, random(worse.length)) : worse;
}

async function combine(parts: readonly Buffer[]): Promise<Combined | CapwrightError> {
  const paths = parts.map((bytes, index) => {
    const path = join(dir.path, `part-${index}.cap`);
    writeFileSync(path, bytes);
    return path;
  });
  const options = { maxBytes: 1e9, signal: still, newName: () => 'writer' };
  return combineCaptures(paths, into(), options).catch((error: unknown) =>
    error instanceof CapwrightError ? error : expect.unreachable(String(error)),
  );
}

async function scan(path: string): Promise<ScannedPart> {
  const file = await open(path, 'r');
  try {
    return await scanPart(file, statSync(path).size, still);
  } finally {
    await file.close();
  }
}

describe.each([
  { format: 'classic pcap', write: pcap },
  { format: 'pcapng', write: pcapng },
])('damaged files of $format', ({ write }) => {
  it('give a combined file that is sound to its end and has as many packets as its parts say', async () => {
    let combinations = 0;
    for (let seed = 1; seed <= 150; seed += 1) {
      const random = createRandom(seed);
      const parts = ['a', 'b', 'c'].map((name, index) =>
        damaged(write(packetsOf(name, 1 + random(6), START + 10 * index)), random),
      );

      const result = await combine(parts);

      if (result instanceof CapwrightError || !result.combined) {
        continue;
      }
      combinations += 1;
      const whole = await scan(into());
      const packets = result.parts.reduce((sum, part) => sum + part.packets, 0);
      expect([seed, whole.end, whole.packets]).toEqual([seed, whole.bytes, packets]);
      expect(
        result.parts.every(({ bytes, leftOutBytes }) => leftOutBytes >= 0 && leftOutBytes <= bytes),
      ).toBe(true);
    }
    expect(combinations).toBeGreaterThan(50);
  });

  it.runIf(tsharkPresent())('cost tshark nothing of a sound file that follows them', async () => {
    const sound = write(packetsOf('sound', 3, START + 100));
    for (let seed = 1000; seed < 1006; seed += 1) {
      const result = await combine([damaged(write(packetsOf('a', 4, START)), createRandom(seed)), sound]);

      if (result instanceof CapwrightError || !result.combined) {
        continue;
      }
      const run = spawnSync('tshark', ['-n', '-r', into(), '-T', 'fields', '-e', 'frame.number'], {
        encoding: 'utf8',
      });
      const packets = result.parts.reduce((sum, part) => sum + part.packets, 0);
      expect([seed, run.stdout.trim().split('\n').length, run.status]).toEqual([seed, packets, 0]);
    }
  });
});

describe('a file of nothing but noise', () => {
  it.each(['d4c3b2a102000400', 'a1b2c3d400020004', '0a0d0d0a', '', '0a0d0d0a1c0000004d3c2b1a'])(
    'behind the bytes %s is walked to no further than its end',
    async (beginning) => {
      for (let seed = 1; seed <= 60; seed += 1) {
        const random = createRandom(seed);
        const noise = Buffer.from(Array.from({ length: 40 + random(400) }, () => random(256)));
        const bytes = Buffer.concat([Buffer.from(beginning, 'hex'), noise]);
        const path = join(dir.path, 'noise.cap');
        writeFileSync(path, bytes);

        const { start, end } = await scan(path);

        expect(end).toBeGreaterThanOrEqual(start);
        expect(end).toBeLessThanOrEqual(readFileSync(path).length);
      }
    },
  );
});
