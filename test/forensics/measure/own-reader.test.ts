import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateScenario } from '../../../src/local-azure/traffic/scenario.ts';
import { measureWithoutTools, type OwnMeasurement } from '../../../src/forensics/measure/own-reader.ts';
import type { Progress } from '../../../src/ports.ts';
import { asChunks } from '../../fakes/chunks.ts';
import { measureFile } from './tshark.ts';

async function* inPieces(data: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

interface Options {
  size?: number;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

function measure(data: Uint8Array, options: Options = {}): Promise<OwnMeasurement> {
  const { size = 65_536, signal = new AbortController().signal, onProgress = () => undefined } = options;
  const sha256 = createHash('sha256').update(data).digest('hex');
  const file = {
    path: '/capture.pcap',
    bytes: data.length,
    sha256: () => Promise.resolve(sha256),
    format: 'pcap' as const,
  };
  return measureWithoutTools(asChunks(inPieces(data, size)), { file, signal, onProgress });
}

const generate = (seed: number, snapLength?: number): Uint8Array =>
  generateScenario({
    seed,
    startTime: 1_790_000_000,
    durationSeconds: 60,
    local: { address: '10.0.0.4' },
    ...(snapLength === undefined ? {} : { snapLength }),
  }).pcap;

describe('the measurement without tshark', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'capwright-own-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    [1, undefined],
    [2, undefined],
    [3, 96],
  ])(
    'gives the facts and findings of tshark on generated traffic (seed %i, cut to %s)',
    async (seed, snap) => {
      const data = generate(seed, snap);
      const path = join(folder, `${seed}.pcap`);
      writeFileSync(path, data);

      const own = await measure(data);
      const theirs = await measureFile(path);

      expect(own.findings).toEqual(theirs.findings);
      const same = { notes: [], coverage: null };
      const capture = { ...own.facts.capture, interfaces: [] };
      expect({ ...own.facts, ...same, capture }).toEqual({ ...theirs.facts, ...same });
      expect(own.facts.notes[0]).toMatch(/^Read without tshark.*Not looked at/);
    },
  );

  it('does not depend on how the file is cut into pieces', async () => {
    const data = generate(4);

    expect(await measure(data, { size: 997 })).toEqual(await measure(data));
  });

  it('reports what was readable of a file that ends early, and says so', async () => {
    const data = generate(5);

    const { facts } = await measure(data.subarray(0, data.length / 2));

    expect(facts.capture.packets).toBeGreaterThan(100);
    expect(facts.capture.damaged).toMatch(/ends in the middle of a record; the packets before it were read/);
  });

  it('counts packets of a link type that it does not know and says that nobody looked inside', async () => {
    const data = Buffer.from(generate(6));
    data.writeUInt32LE(195, 20);

    const { facts, findings } = await measure(data);

    expect(facts.capture.packets).toBeGreaterThan(100);
    expect(findings).toEqual([]);
    expect(facts.notes.join(' ')).toContain('Packets of link type 195 were counted but not decoded');
  });

  it('ends as cancelled when the caller gives up', async () => {
    await expect(measure(generate(7), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });
});
