import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerSandbox } from '../../src/adapters/sandbox/docker/docker-sandbox.ts';
import { createArtefacts } from '../../src/adapters/local-files/artefacts.ts';
import { createCaptureFiles } from '../../src/adapters/local-files/capture-files.ts';
import { createRunAnalysis } from '../../src/capture/run-analysis.ts';
import { createRunTaskAnalysis } from '../../src/capture/run-task-analysis.ts';
import type { CaptureFile } from '../../src/domain/capture-plan.ts';
import { REPORT_SECTIONS } from '../../src/domain/report.ts';
import { createAnalyze } from '../../src/forensics/analyze.ts';
import { createCheckEvidence } from '../../src/forensics/verify/check-evidence.ts';
import { createMeasure } from '../../src/forensics/measure/measure.ts';
import { loadPrompts } from '../../src/forensics/prompts.ts';
import { splitIntoRing } from '../../src/local-azure/captures/ring.ts';
import { generateScenario } from '../../src/local-azure/traffic/scenario.ts';
import type { Clock } from '../../src/ports.ts';
import { quietCall } from '../fakes/orchestrator.ts';
import { sampleTask } from '../fakes/task.ts';
import { fakePage } from '../fakes/report-page.ts';

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};
const SCANNER = '198.51.100.77';

/** What one instance saw; a healthy one was not scanned. */
const scenarioOf = (seed: number, address: string, isScanned: boolean) =>
  generateScenario({
    seed,
    startTime: 1_780_000_000,
    durationSeconds: 30,
    local: { address },
    accept: ({ source, destination }) =>
      isScanned || (source.address !== SCANNER && destination.address !== SCANNER),
  });
const scanned = scenarioOf(7, '10.2.0.4', true);
const healthy = scenarioOf(8, '10.2.0.5', false);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capwright-several-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function delivered(ordinal: number, instanceId: string, content: Uint8Array): Promise<CaptureFile> {
  const path = createArtefacts(folder).capturePath('t', { ordinal, instanceId });
  await writeFile(path, content, { mode: 0o600 });
  return {
    path,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    blobUrl: '',
    instanceId,
  };
}

function createRun() {
  const sandbox = createDockerSandbox({
    sandboxDir: resolve(import.meta.dirname, '../../sandbox'),
    stagingDir: join(folder, 'staging'),
    instanceId: `several-${process.pid}`,
    instanceAlive: () => false,
    clock,
    log: () => undefined,
  });
  const analyze = createAnalyze({
    sandbox,
    measure: createMeasure(),
    checkEvidence: createCheckEvidence(),
    model: null,
    prompts: loadPrompts(),
    maxRetries: 2,
    clock,
    log: () => undefined,
    nonce: () => 'a-nonce',
  });
  const files = createCaptureFiles({ roots: [], maxBytes: 1e9 });
  const artefacts = createArtefacts(folder);
  const around = { files, artefacts, page: fakePage, log: () => undefined };
  return createRunTaskAnalysis({ ...around, runAnalysis: createRunAnalysis({ ...around, analyze }) });
}

describe('a scale set in the real sandbox', { timeout: 240_000 }, () => {
  it('is told apart by who shows a fault, with frames that hold in the file put together', async () => {
    const fileBytes = Math.ceil(scanned.pcap.length / 2.5);
    const ring = splitIntoRing(scanned.pcap, { fileCount: 10, fileSizeInBytes: fileBytes });
    const files = await Promise.all([
      ...ring.map(({ bytes }, index) => delivered(index + 1, '0', bytes)),
      delivered(8, '1', healthy.pcap),
      delivered(9, '2', Buffer.from('<Error>no capture</Error>')),
    ]);
    const sample = sampleTask();
    const names = ['0', '1', '2', '3'].map((id) => ({ id, name: `web-${id}` }));
    const plan = { ...sample.plan, targetType: 'AzureVMSS', instances: names } as const;

    const { analysis } = await createRun()(
      {
        id: 't',
        task: { ...sample, state: 'analyzing', plan, files, missing: names.slice(3) },
        context: null,
        llm: 'off',
      },
      quietCall,
    );

    expect(ring.length).toBeGreaterThan(1);
    expect(analysis.instances.map(({ name, packets, problem }) => [name, packets, problem === null])).toEqual(
      [
        ['web-0', scanned.packets, true],
        ['web-1', healthy.packets, true],
        ['web-2', 0, false],
        ['web-3', 0, false],
      ],
    );
    const scan = analysis.findings.filter(({ kind }) => kind === 'port_scan');
    const planted = scanned.planted.find(({ kind }) => kind === 'port_scan');
    expect(scan).toMatchObject([{ instance: 'web-0', actor: [SCANNER] }]);
    expect(planted?.frames).toEqual(expect.arrayContaining(scan[0]?.frames ?? [0]));
    const { report } = analysis;
    expect(report).not.toContain('not the file any more');
    expect([...report.matchAll(/^## (.*)$/gm)].map((match) => match[1])).toEqual([...REPORT_SECTIONS]);
    expect(report).toContain('Shown by web-0; not by web-1.');
    expect(report).toMatch(/\*\*No file came from 1 instance: web-3\.\*\*/);
    expect(report).toMatch(/### Files of web-0\n\n[\s\S]*`t\.1-0\.cap`[\s\S]*`t\.2-0\.cap`/);
  });
});
