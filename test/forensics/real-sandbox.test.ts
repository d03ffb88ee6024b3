import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerSandbox } from '../../src/adapters/sandbox/docker/docker-sandbox.ts';
import { Analysis } from '../../src/domain/analysis.ts';
import { isNotable } from '../../src/domain/finding.ts';
import { REPORT_SECTIONS } from '../../src/domain/report.ts';
import { createAnalyze } from '../../src/forensics/analyze.ts';
import { createCheckEvidence } from '../../src/forensics/verify/check-evidence.ts';
import { createMeasure } from '../../src/forensics/measure/measure.ts';
import { loadPrompts } from '../../src/forensics/prompts.ts';
import { generateScenario } from '../../src/local-azure/traffic/scenario.ts';
import type { Clock, Model } from '../../src/ports.ts';
import { createFakeModel, planReply } from '../fakes/model.ts';

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};
const scenario = generateScenario({
  seed: 7,
  startTime: 1_780_000_000,
  durationSeconds: 30,
  local: { address: '10.0.0.4' },
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capwright-analysis-'));
  await writeFile(join(folder, 'capture.cap'), scenario.pcap, { mode: 0o600 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function analyze(model: Model | null) {
  const run = createAnalyze({
    sandbox: createDockerSandbox({
      sandboxDir: resolve(import.meta.dirname, '../../sandbox'),
      stagingDir: join(folder, 'staging'),
      instanceId: `analysis-${process.pid}`,
      instanceAlive: () => false,
      clock,
      log: () => undefined,
    }),
    measure: createMeasure(),
    checkEvidence: createCheckEvidence(),
    model,
    prompts: loadPrompts(),
    maxRetries: 2,
    clock,
    log: () => undefined,
    nonce: () => 'a-nonce',
  });
  const path = join(folder, 'capture.cap');
  return run(
    {
      file: {
        path,
        bytes: scenario.pcap.length,
        sha256: () => Promise.resolve('cd'.repeat(32)),
        format: 'pcap',
      },
      context: 'What is slow?',
      llm: 'auto',
    },
    { signal: new AbortController().signal, progress: () => undefined },
  );
}

describe('an analysis in the real sandbox', () => {
  it('runs the whole playbook and gives a valid analysis with every notable finding in its report', async () => {
    const analysis = await analyze(null);

    expect(Analysis.safeParse(analysis).error).toBeUndefined();
    expect(analysis.authorship).toMatchObject({ scriptSucceeded: true, attempts: 1 });
    const [chmod, run] = analysis.results;
    expect(chmod).toMatchObject({ command: 'chmod +x /workspace/plan.sh', exitCode: 0 });
    expect(run).toMatchObject({ command: '/bin/bash /workspace/plan.sh', exitCode: 0 });
    expect(run?.stdout).not.toContain('could not be answered');
    expect(run?.stdout.match(/^== .* ==$/gm)).toHaveLength(10);
    expect([...analysis.report.matchAll(/^## (.*)$/gm)].map((match) => match[1])).toEqual([
      ...REPORT_SECTIONS,
    ]);
    const notable = analysis.findings.filter(isNotable);
    expect(notable.length).toBeGreaterThan(0);
    for (const { id, severity } of notable) expect(analysis.report).toContain(`### ${id} · ${severity} · `);

    // The playbook must find by itself what the scenario left unanswered.
    const planted = scenario.planted.find((fault) => fault.kind === 'tcp_connect_timeout');
    const answer = /== Connection attempts that nobody answered ==\n([\s\S]*?)\n\n==/.exec(run?.stdout ?? '');
    expect(planted?.frames.length).toBeGreaterThan(0);
    expect(answer?.[1]).toContain(`in frame ${planted?.frames[0]} `);
    expect(answer?.[1]).toContain(`${planted?.actor[0]} -> ${planted?.target[0]}:`);
  });

  it('repairs real scripts: a syntax error, then an unknown field, then one that works', async () => {
    const model = createFakeModel([
      planReply('if true; then echo half'),
      planReply('tshark -n -r /workspace/pocket.pcap -T fields -e no.such.field'),
      planReply("tshark -n -r /workspace/pocket.pcap -Y 'tcp.flags.reset==1' -T fields -e frame.number"),
      JSON.stringify({ executive_summary: 'Resets.', notable_findings: [], recommendations: [] }),
    ]);

    const analysis = await analyze(model);

    expect(model.requests[0]?.user).toMatch(/tshark.*4\.\d/i);
    expect(model.requests[1]?.user).toContain('syntax error');
    expect(model.requests[2]?.user).toContain('no.such.field');
    expect(analysis.authorship).toMatchObject({ attempts: 3, scriptSucceeded: true, note: null });
    expect(analysis.results.map((entry) => entry.isError)).toEqual([false, true, false, true, false, false]);
  });
});
