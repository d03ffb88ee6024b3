/**
 * `npm run eval -- --provider anthropic|openai|none [--limit N] [--only TEXT] [--json]`: analyses the captures of a corpus
 * whose contents are known (CAPWRIGHT_CORPUS, a folder with manifest.json) with a provider, and prints how often its
 * scripts worked at the first attempt and after repair, what was found of what is known to be there, how many claims of
 * its prose were confirmed and struck, tokens, cost and time. Model, key, address and prices come from the environment, as
 * for the server. `--limit` takes captures of every category by turns. DEBUG_SAVE_DIR keeps prompts, replies and outputs.
 * Exits with 0 when every capture got a result, 1 when not, 2 for wrong usage.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createDebugFolder, createForensics, createStreamLog, type Forensics } from '../src/app.ts';
import { readConfig, type Config } from '../src/config.ts';
import { AttemptsIndex } from '../src/domain/attempts.ts';
import { CapwrightError } from '../src/domain/errors.ts';
import { readCorpus, sample, type LabelledCapture } from './eval/corpus.ts';
import { failed, linesOf, score, summarize, type Scored } from './eval/tally.ts';

const { values } = parseArgs({
  options: {
    provider: { type: 'string' },
    limit: { type: 'string' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});
const corpus = resolve(process.env['CAPWRIGHT_CORPUS'] ?? '../shared/corpus');
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const log = createStreamLog(process.stderr, 'error');
process.exitCode = await main();

async function main(): Promise<number> {
  const { provider } = values;
  if (provider !== 'anthropic' && provider !== 'openai' && provider !== 'none') {
    say('eval: --provider is anthropic, openai or none');
    return 2;
  }
  const limit = values.limit === undefined ? Infinity : Number(values.limit);
  if (!(limit > 0)) {
    say('eval: --limit is a number above 0');
    return 2;
  }
  const all = readCorpus(corpus);
  if (all === null) {
    say(`eval: ${corpus} has no manifest.json; set CAPWRIGHT_CORPUS to a folder of labelled captures`);
    return 2;
  }
  const captures = sample(
    all.filter(({ id }) => id.includes(values.only)),
    limit,
  );
  const scored = await evaluate(captures, provider);
  const summary = summarize(scored);
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ provider, summary, captures: scored }, null, 2)}\n`
      : `${linesOf(summary).join('\n')}\n`,
  );
  return summary.failed === 0 ? 0 : 1;
}

/** One after the other, so that times are those of one analysis; nothing of it stays. */
async function evaluate(captures: readonly LabelledCapture[], provider: string): Promise<Scored[]> {
  const stateDir = mkdtempSync(join(tmpdir(), 'capwright-eval-'));
  const settings = { ...process.env, CAPWRIGHT_MODEL_PROVIDER: provider, CAPWRIGHT_STATE_DIR: stateDir };
  const config = readConfig(settings, process.cwd());
  const forensics = createForensics(config, log);
  const scored: Scored[] = [];
  try {
    for (const capture of captures) {
      const one = await analyzeOne(forensics, config, capture);
      scored.push(one);
      say(
        `${one.id}: ${one.error ?? `script ${one.script}, facts ${one.facts.found}/${one.facts.wanted}, claims ${one.claims.confirmed}/${one.claims.checked}, ${(one.ms / 1000).toFixed(1)} s`}`,
      );
    }
    return scored;
  } finally {
    forensics.close();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

async function analyzeOne(forensics: Forensics, config: Config, capture: LabelledCapture): Promise<Scored> {
  const started = performance.now();
  const debug = createDebugFolder(config, forensics.clock, log);
  let index: AttemptsIndex | null = null;
  const keep = async (name: string, content: string): Promise<void> => {
    if (name === 'index.json') index = AttemptsIndex.parse(JSON.parse(content));
    await debug?.(`attempts/${name}`, content);
  };
  const call = { signal: new AbortController().signal, progress: () => undefined };
  try {
    const file = await forensics.files.inspect(join(corpus, capture.file), 'anywhere', call.signal);
    const analysis = await forensics.analyze({ file, context: null, llm: 'auto', keep }, call);
    await debug?.('report.md', analysis.report);
    return score(capture, analysis, index, performance.now() - started);
  } catch (error) {
    if (!(error instanceof CapwrightError)) throw error;
    return failed(capture, `${error.code}: ${error.message}`, performance.now() - started);
  }
}
