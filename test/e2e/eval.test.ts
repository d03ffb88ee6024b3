import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CORPUS_FOLDER, corpusCaptures } from '../forensics/measure/corpus.ts';
import { reportReply } from '../fakes/forensics.ts';
import { planReply } from '../fakes/model.ts';
import { startAnthropicStandIn, type SeenRequest } from '../stand-ins/anthropic.ts';
import { startOpenAiStandIn } from '../stand-ins/openai.ts';
import { createHome, ROOT } from './host.ts';

let home: Awaited<ReturnType<typeof createHome>>;
beforeAll(async () => {
  home = await createHome();
});
afterAll(() => home.remove());

const hasCorpus = corpusCaptures().length > 0;
const isPlan = ({ body }: SeenRequest) => JSON.stringify(body.output_config ?? {}).includes('"script"');
const BROKEN = planReply('tshark -n -r /workspace/pocket.pcap -c 1\nexit 3');
const SOUND = planReply('tshark -n -r /workspace/pocket.pcap -q -z io,phs');

/** `npm run eval` without the set-up before it; never rejects. */
async function evaluate(args: readonly string[], env: Record<string, string> = {}) {
  const command = join(ROOT, 'node_modules/.bin/node');
  const all = { ...home.env, CAPWRIGHT_CORPUS: CORPUS_FOLDER, CAPWRIGHT_SANDBOX: 'bubblewrap', ...env };
  const run = promisify(execFile)(
    command,
    ['--disable-warning=ExperimentalWarning', 'scripts/eval.ts', ...args],
    { env: all, cwd: ROOT, maxBuffer: 64 * 1024 * 1024 },
  );
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe.runIf(hasCorpus)('npm run eval', () => {
  it('tells scripts that worked at once from repaired ones, and counts findings, claims and tokens', async () => {
    let plans = 0;
    const standIn = await startAnthropicStandIn((seen) => {
      if (!isPlan(seen)) return { text: reportReply };
      plans += 1;
      return { text: plans === 1 ? BROKEN : SOUND };
    });
    const env = {
      ANTHROPIC_API_KEY: 'sk-test',
      ANTHROPIC_BASE_URL: standIn.baseUrl,
      DEBUG_SAVE_DIR: join(home.env.HOME, 'debug'),
    };

    const { code, stdout, stderr } = await evaluate(
      ['--provider', 'anthropic', '--limit', '2', '--json'],
      env,
    );
    await standIn.close();

    expect({ code, stderr: stderr.split('\n').length }).toEqual({ code: 0, stderr: 3 });
    const { summary, captures } = JSON.parse(stdout);
    expect(captures.map(({ script }: { script: string }) => script)).toEqual(['repaired', 'first']);
    expect(summary).toMatchObject({
      captures: 2,
      failed: 0,
      scripts: { asked: 2, first: 1, afterRepair: 2 },
    });
    expect(summary.recall.found).toBeLessThanOrEqual(summary.recall.wanted);
    expect(summary.recall.found).toBeGreaterThan(0);
    expect(summary.claims.checked).toBeGreaterThan(0);
    expect(summary.tokens.input).toBeGreaterThan(0);
    const kept = readdirSync(env.DEBUG_SAVE_DIR);
    expect(kept).toHaveLength(2);
    expect(existsSync(join(env.DEBUG_SAVE_DIR, kept[0] ?? '', 'attempts', '1', 'prompt.md'))).toBe(true);
  });

  it('asks an OpenAI-compatible endpoint under the key and the name of the model that are set', async () => {
    const standIn = await startOpenAiStandIn(({ body }) => ({
      text: JSON.stringify(body.response_format ?? {}).includes('"script"') ? SOUND : reportReply,
    }));
    const env = {
      OPENAI_API_KEY: 'sk-test',
      OPENAI_API_BASE: standIn.baseUrl,
      OPENAI_MODEL: 'house-model',
    };

    const { code, stdout } = await evaluate(['--provider', 'openai', '--limit', '1', '--json'], env);
    await standIn.close();

    expect(code).toBe(0);
    const { summary, captures } = JSON.parse(stdout);
    expect(captures.map(({ script }: { script: string }) => script)).toEqual(['first']);
    expect(summary).toMatchObject({ captures: 1, failed: 0, scripts: { asked: 1, first: 1 } });
    expect(summary.claims.checked).toBeGreaterThan(0);
    expect(summary.tokens.input).toBeGreaterThan(0);
    expect(standIn.seen.length).toBeGreaterThanOrEqual(2);
    expect(standIn.seen.every(({ key, body }) => key === 'sk-test' && body.model === 'house-model')).toBe(
      true,
    );
  });

  it('needs no model for the provider none, and prints the figures for people', async () => {
    const { code, stdout } = await evaluate(['--provider', 'none', '--limit', '1']);

    expect(stdout).toMatch(/^captures +1, of which without a result: 0$/m);
    expect(stdout).toMatch(/^recall +\d of \d/m);
    expect(stdout).toMatch(/^script right at first attempt none$/m);
    expect(code).toBe(0);
  });

  it.each([
    ['a provider that there is not', ['--provider', 'both'], '--provider is anthropic, openai or none'],
    ['no limit above 0', ['--provider', 'none', '--limit', '0'], '--limit is a number above 0'],
  ])('refuses %s', async (_what, args, words) => {
    const { code, stderr } = await evaluate(args);

    expect(stderr).toContain(words);
    expect(code).toBe(2);
  });

  it('refuses a folder without labels', async () => {
    const { code, stderr } = await evaluate(['--provider', 'none'], { CAPWRIGHT_CORPUS: home.env.HOME });

    expect(stderr).toContain('has no manifest.json');
    expect(code).toBe(2);
  });
});
