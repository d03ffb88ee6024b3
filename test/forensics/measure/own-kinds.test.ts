import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMeasure } from '../../../src/forensics/measure/measure.ts';
import { measureWithoutTools } from '../../../src/forensics/measure/own-reader.ts';
import { NEEDS_TSHARK } from '../../../src/forensics/without-sandbox.ts';
import { generateScenario } from '../../../src/local-azure/traffic/scenario.ts';
import { createHostSession } from '../../fakes/host-session.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capwright-kinds-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('what the own reader does not find of a capture is of the kinds that are said to need tshark', async () => {
  const path = join(folder, 'a.cap');
  const { pcap } = generateScenario({
    seed: 11,
    startTime: 1_767_225_600,
    durationSeconds: 10,
    local: { address: '10.0.0.4' },
  });
  writeFileSync(path, pcap);
  const file = { path, bytes: pcap.length, sha256: 'ab'.repeat(32), format: 'pcap' } as const;
  const input = { file, signal: new AbortController().signal, onProgress: () => undefined };
  const whole = async function* () {
    yield pcap;
  };

  const byTshark = await createMeasure()(createHostSession(path), input);
  const byOwn = await measureWithoutTools(whole(), input);

  const found = new Set(byOwn.findings.map(({ kind }) => kind));
  const missed = new Set(byTshark.findings.map(({ kind }) => kind).filter((kind) => !found.has(kind)));
  expect(missed.size).toBeGreaterThan(0);
  expect([...missed].filter((kind) => !NEEDS_TSHARK.includes(kind))).toEqual([]);
  expect(NEEDS_TSHARK.filter((kind) => found.has(kind))).toEqual([]);
});
