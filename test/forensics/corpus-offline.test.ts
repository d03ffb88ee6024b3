import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createForensics, type Forensics } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { Analysis } from '../../src/domain/analysis.ts';
import { CapwrightError } from '../../src/domain/errors.ts';
import { SEVERITIES } from '../../src/domain/finding.ts';
import { REPORT_SECTIONS } from '../../src/domain/report.ts';
import { stateDir } from '../fakes/state-dir.ts';
import { CORPUS_FOLDER, corpusCaptures } from './measure/corpus.ts';

const captures = corpusCaptures();
const state = stateDir();
let forensics: Forensics;
beforeAll(() => {
  const config = readConfig({ CAPWRIGHT_SANDBOX: 'none', CAPWRIGHT_STATE_DIR: state.path }, state.path);
  forensics = createForensics(config, () => undefined);
});
afterAll(() => {
  forensics.close();
  state.remove();
});

/** With no model and no program at all; or the error that it was refused with. */
async function offline(path: string): Promise<Analysis | CapwrightError> {
  const call = { signal: new AbortController().signal, progress: () => undefined };
  try {
    const file = await forensics.files.inspect(path, 'anywhere', call.signal);
    return await forensics.analyze({ file, context: null, llm: 'off', withoutSandbox: 'overview' }, call);
  } catch (error) {
    if (error instanceof CapwrightError) return error;
    throw error;
  }
}

const ESC = String.fromCodePoint(27);
const headings = (markdown: string) => [...markdown.matchAll(/^## (.*)$/gm)].map((match) => match[1]);

// The whole analysis in a sandbox, capture by capture, is in the deep tier.
describe.runIf(captures.length > 0)('the whole corpus without model and sandbox', () => {
  it.for(captures)('$id gives a whole report, or is refused in our own words', async (capture) => {
    const analysis = await offline(join(CORPUS_FOLDER, capture.file));

    if (analysis instanceof CapwrightError) {
      expect(capture.category).toBe('bad_input');
      expect(analysis.code).toBe('NOT_A_CAPTURE');
      return;
    }
    expect(Analysis.parse(JSON.parse(JSON.stringify(analysis)))).toEqual(analysis);
    expect(analysis.capture.packets).toBe(capture.readable_packets ?? capture.basic.packets);
    expect(headings(analysis.report)).toEqual([...REPORT_SECTIONS]);
    expect(analysis.report.includes(ESC) || /<script/i.test(analysis.report)).toBe(false);
    expect(analysis).toMatchObject({ commands: [], isolation: { engine: 'none' } });
    expect(analysis.partial).not.toBeNull();
    const limit = SEVERITIES.indexOf(capture.max_severity ?? 'critical');
    const tooGrave = analysis.findings.filter(({ severity }) => SEVERITIES.indexOf(severity) > limit);
    expect(tooGrave.map(({ kind }) => kind)).toEqual([]);
  });
});
