import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { createHome, ROOT } from '../../../e2e/host.ts';
import { reportReply } from '../../../fakes/forensics.ts';
import { planReply } from '../../../fakes/model.ts';
import { CORPUS_FOLDER, corpusCaptures } from '../../../forensics/measure/corpus.ts';
import { startAnthropicStandIn } from '../../../stand-ins/anthropic.ts';

const captures = corpusCaptures().filter(({ category }) => category !== 'bad_input');
const categories = new Set(captures.map(({ category }) => category)).size;

let home: Awaited<ReturnType<typeof createHome>>;
beforeAll(async () => {
  home = await createHome();
});
afterAll(() => home.remove());

async function evaluate(args: readonly string[], env: Record<string, string> = {}) {
  const { stdout } = await promisify(execFile)(
    join(ROOT, 'node_modules/.bin/node'),
    ['--disable-warning=ExperimentalWarning', 'scripts/eval.ts', '--json', ...args],
    {
      env: { ...home.env, CAPWRIGHT_CORPUS: CORPUS_FOLDER, CAPWRIGHT_SANDBOX: 'bubblewrap', ...env },
      cwd: ROOT,
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return JSON.parse(stdout).summary;
}

describe.runIf(captures.length > 0)('the corpus, capture by capture in a sandbox', () => {
  it('is analysed without a model, every primary fact found', async () => {
    const summary = await evaluate(['--provider', 'none']);

    expect(summary).toMatchObject({ captures: captures.length, failed: 0, scripts: { asked: 0 } });
    expect(summary.recall.found).toBe(summary.recall.wanted);
  });

  it('is analysed with the stand-in of a model: one capture of each category', async () => {
    const standIn = await startAnthropicStandIn(({ body }) => ({
      text: JSON.stringify(body.output_config ?? {}).includes('"script"')
        ? planReply('tshark -n -r /workspace/pocket.pcap -q -z io,phs')
        : reportReply,
    }));
    const limit = ['--limit', String(categories)];

    const summary = await evaluate(['--provider', 'anthropic', ...limit], {
      ANTHROPIC_API_KEY: 'sk-test',
      ANTHROPIC_BASE_URL: standIn.baseUrl,
    });
    await standIn.close();

    expect(summary).toMatchObject({ captures: categories, failed: 0, scripts: { asked: categories } });
    expect(summary.recall.found).toBe(summary.recall.wanted);
    // The stand-in tells every capture the same story, which can't be true of most of them.
    expect(summary.claims.struck).toBeGreaterThan(0);
  });
});
