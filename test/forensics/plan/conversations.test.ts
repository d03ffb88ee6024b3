import { stat } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAnthropicModel } from '../../../src/adapters/language-model/anthropic-model.ts';
import type { Analysis } from '../../../src/domain/analysis.ts';
import { REPORT_SECTIONS } from '../../../src/domain/report.ts';
import { createAnalyze } from '../../../src/forensics/analyze.ts';
import { createMeasure, type Measurement } from '../../../src/forensics/measure/measure.ts';
import { PLAYBOOK, PLAYBOOK_NAME } from '../../../src/forensics/playbook.ts';
import { loadPrompts } from '../../../src/forensics/prompts.ts';
import type { InspectedFile } from '../../../src/ports.ts';
import { unchecked } from '../../fakes/forensics.ts';
import { type Answer, type AnthropicStandIn, startAnthropicStandIn } from '../../stand-ins/anthropic.ts';
import { replyShapes, spoiltShapes } from '../../stand-ins/reply-shapes.ts';
import { type Bench, benchOf, clock } from './engines.ts';

const prompts = loadPrompts();
const silent = () => undefined;
const call = { signal: new AbortController().signal, progress: silent };

let bench: Bench;
let file: InspectedFile;
let measured: Measurement;
beforeAll(async () => {
  bench = await benchOf('docker');
  const { size } = await stat(bench.capture);
  file = { path: bench.capture, bytes: size, sha256: () => Promise.resolve('ab'.repeat(32)), format: 'pcap' };
  const session = await bench.sandbox.open({ capturePath: bench.capture, signal: call.signal });
  try {
    measured = await createMeasure()(session, { file, signal: call.signal, onProgress: silent });
  } finally {
    await session.stop();
  }
});
afterAll(() => bench.clear());

const standIns: AnthropicStandIn[] = [];
afterEach(async () => {
  await Promise.all(standIns.splice(0).map((standIn) => standIn.close()));
});

/** One analysis with a planner that says this, over the real SDK, in the real sandbox; a reporter that refuses ends it. */
async function conversation(...said: string[]): Promise<{ analysis: Analysis; asked: string[] }> {
  const answers: Answer[] = [...said.map((text) => ({ text })), { refusal: true }];
  const standIn = await startAnthropicStandIn(answers);
  standIns.push(standIn);
  const model = createAnthropicModel({
    apiKey: 'sk-test',
    model: null,
    baseUrl: standIn.baseUrl,
    log: silent,
  });
  const analyze = createAnalyze({
    sandbox: bench.sandbox,
    measure: () => Promise.resolve(measured),
    checkEvidence: unchecked,
    model,
    prompts,
    maxRetries: 2,
    clock,
    log: silent,
    nonce: () => 'n0nce',
  });
  const analysis = await analyze({ file, context: 'What is slow?', llm: 'auto' }, call);
  const planned = standIn.seen.filter(({ system }) => system === prompts.system('PLANNER_SYSTEM'));
  return { analysis, asked: planned.map(({ user }) => user) };
}

const plan = (script: string) => JSON.stringify({ script });
const GOOD =
  "tshark -n -r /workspace/pocket.pcap -Y 'tcp.flags.reset == 1' | awk 'END { print NR, \"resets\" }'";
const exitsOf = ({ results }: Analysis) => results.map(({ attempt, exitCode }) => `${attempt}: ${exitCode}`);
const headings = (markdown: string) => [...markdown.matchAll(/^## (.*)$/gm)].map((match) => match[1]);

describe('a planner', () => {
  it.each(Object.entries(replyShapes))('whose reply is %s is right first time', async (_, wrap) => {
    const { analysis, asked } = await conversation(wrap(plan(GOOD)));

    expect(asked).toHaveLength(1);
    expect(analysis.authorship).toMatchObject({
      planner: 'claude-sonnet-5-5',
      attempts: 1,
      scriptSucceeded: true,
    });
    expect(analysis.results[1]?.stdout).toMatch(/^\d+ resets\n$/);
    expect(analysis.script).toBe(`#!/usr/bin/env bash\nset -euo pipefail\n${GOOD}\n`);
  });

  it('with a wrong field is told the right one, and repairs it without a run in between', async () => {
    const wrong = 'tshark -n -r /workspace/pocket.pcap -T fields -e tcp.analysis.retransmision';

    const { analysis, asked } = await conversation(plan(wrong), plan(GOOD));

    expect(asked[1]).toContain("What went wrong, in Capwright's words: It failed a check and was not run.");
    expect(asked[1]).toContain('instead of tcp.analysis.retransmision there is: tcp.analysis.retransmission');
    expect(analysis.authorship).toMatchObject({ attempts: 2, scriptSucceeded: true });
    expect(exitsOf(analysis)).toEqual(['1: 0', '1: 1', '2: 0', '2: 0']);
    expect(
      analysis.commands.filter(({ command }) => command === '/bin/bash /workspace/plan.sh'),
    ).toHaveLength(1);
  });

  it('that calls a tool which is not there repairs it', async () => {
    const { analysis, asked } = await conversation(plan(`${GOOD} | xmlstarlet fo`), plan(GOOD));

    expect(asked[1]).toContain('line 3: xmlstarlet is not installed in the sandbox.');
    expect(analysis.authorship).toMatchObject({ attempts: 2, scriptSucceeded: true });
  });

  it('whose script ends well without a word is asked again, and hears which errors it hid', async () => {
    const hiding = 'for f in nope; do tshark -n -r /workspace/pocket.pcap -Y "$f" 2>/dev/null || true; done';

    const { analysis, asked } = await conversation(plan('true'), plan(hiding), plan(GOOD));

    expect(asked[1]).toContain('printed nothing');
    expect(asked[2]).toContain('every call of tshark failed and the errors were hidden');
    expect(asked[2]).toMatch(/line 3: exit code \d: tshark -n -r \/workspace\/pocket.pcap -Y nope/);
    expect(analysis.authorship).toMatchObject({ attempts: 3, scriptSucceeded: true });
  });

  it('whose filter misses what was measured hears which finding it missed', async () => {
    const finding = measured.findings.find(({ kind }) => kind === 'dns_nxdomain' || kind === 'dns_servfail');
    const missing =
      "tshark -n -r /workspace/pocket.pcap -Y 'dns.flags.rcode != 0 && dns.flags.response == 0' | awk 'END { print NR }'";

    const { asked } = await conversation(plan(missing), plan(GOOD));

    expect(finding).toBeDefined();
    expect(asked[1]).toContain(
      'a filter in it matches nothing although the measured facts say there is something',
    );
    expect(asked[1]).toMatch(/matches no packet, but finding F\d+ \(dns_\w+\) stands on frames \d/);
  });

  it.each([
    ['the same script', [plan('false'), plan('false')], 'proposed the same script again at attempt 2'],
    [
      'the same failure',
      [plan('echo a; exit 3'), plan('echo b; exit 3')],
      'failed in the same way as one before',
    ],
    ['the same prose', [spoiltShapes.prose(), spoiltShapes.prose()], 'failed in the same way as one before'],
  ])(
    'that comes with %s again is not asked a third time; the playbook runs and the report says so',
    async (_, said, note) => {
      const { analysis, asked } = await conversation(...said);

      expect(asked).toHaveLength(2);
      expect(analysis.authorship).toMatchObject({
        planner: PLAYBOOK_NAME,
        attempts: 2,
        scriptSucceeded: true,
      });
      expect(analysis.script).toBe(PLAYBOOK);
      expect(analysis.authorship.note).toContain(note);
      expect(analysis.report).toContain(note);
      expect(headings(analysis.report)).toEqual([...REPORT_SECTIONS]);
    },
  );

  it('that fails three times, each time otherwise, leaves two entries for each attempt and the playbook behind', async () => {
    const { analysis, asked } = await conversation(
      plan('if true; then'),
      plan('exit 7'),
      plan('tshark -r /workspace/none.pcap'),
    );

    expect(asked).toHaveLength(3);
    expect(asked[1]).toContain('syntax error');
    expect(asked[2]).toContain('Exit code: 7');
    expect(analysis.authorship.note).toMatch(
      /None of the planner's 3 attempts worked.*playbook was run instead/,
    );
    expect(analysis.results.map(({ attempt }) => attempt)).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    expect(analysis.results.at(-1)).toMatchObject({ exitCode: 0, isError: false });
  });
});
