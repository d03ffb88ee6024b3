import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCaptureFiles } from '../../../src/adapters/local-files/capture-files.ts';
import { generateScenario } from '../../../src/local-azure/traffic/scenario.ts';
import { createMeasure } from '../../../src/forensics/measure/measure.ts';
import { measureWithoutTools } from '../../../src/forensics/measure/own-reader.ts';
import { createHostSession } from '../../fakes/host-session.ts';

const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'capwright-packed-'));
const files = createCaptureFiles({ roots: [], maxBytes: 1e9 });
const plain = generateScenario({
  seed: 5,
  startTime: 1_790_000_000,
  durationSeconds: 60,
  local: { address: '10.0.0.4' },
}).pcap;
let ofPlain: Awaited<ReturnType<typeof measured>>;

async function measured(content: Uint8Array) {
  const path = join(folder, 'pocket.pcap');
  writeFileSync(path, content);
  const file = await files.inspect(path, 'anywhere', signal);
  const input = { file, signal, onProgress: () => undefined };
  const byTshark = await createMeasure()(createHostSession(path), input);
  const byUs = await measureWithoutTools(files.chunks(file, signal), input);
  return { byTshark, byUs };
}

beforeAll(async () => {
  ofPlain = await measured(plain);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
])('a capture packed with %s', (packing, pack) => {
  it('shows what it shows unpacked, to tshark and without it, and is told to be packed', async () => {
    const { byTshark, byUs } = await measured(pack(plain));

    for (const [packed, expected] of [
      [byTshark, ofPlain.byTshark],
      [byUs, ofPlain.byUs],
    ] as const) {
      expect(expected.facts.capture.packets).toBeGreaterThan(100);
      expect(packed.findings).toEqual(expected.findings);
      expect({ ...packed.facts, capture: null }).toEqual({ ...expected.facts, capture: null });
      expect(packed.facts.capture).toMatchObject({
        packets: expected.facts.capture.packets,
        format: `pcap, packed with ${packing}`,
        damaged: null,
      });
    }
  });

  it('is told to be damaged where its end is missing, with what came before it', async () => {
    const packed = pack(plain);

    const { byTshark, byUs } = await measured(packed.subarray(0, packed.length - 2000));

    for (const { capture } of [byTshark.facts, byUs.facts]) {
      expect(capture.damaged).not.toBeNull();
      expect(capture.packets).toBeGreaterThan(0);
    }
  });
});
