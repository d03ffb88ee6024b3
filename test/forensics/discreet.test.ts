import { describe, expect, it } from 'vitest';
import { CaptureFacts } from '../../src/domain/facts.ts';
import { Finding } from '../../src/domain/finding.ts';
import { FACT_SOURCES } from '../../src/domain/privacy/text-sources.ts';
import type { Measure } from '../../src/forensics/measure/measure.ts';
import { canaryOf } from '../fakes/canaries.ts';
import { analysisOf, isRun, reportReply, scripts } from '../fakes/forensics.ts';
import { createFakeModel } from '../fakes/model.ts';
import type { Behaviour } from '../fakes/sandbox.ts';

/** Whatever packets could have said, everywhere it could stand; what is ours by its source stays as it is measured. */
function secretive(value: unknown, sources: unknown): unknown {
  if (typeof value === 'string') {
    return sources === 'ours' || sources === 'protocol' ? value.replaceAll('canary', 'word') : value;
  }
  if (Array.isArray(value)) return value.map((row) => secretive(row, sources));
  if (typeof value !== 'object' || value === null) return value;
  const of = (key: string): unknown =>
    typeof sources === 'object' && sources !== null ? Reflect.get(sources, key) : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      of('keys') === undefined ? key : key.replaceAll('canary', 'word'),
      secretive(inner, of(key)),
    ]),
  );
}

const facts = CaptureFacts.parse(secretive(canaryOf(CaptureFacts), FACT_SOURCES));
const finding = {
  ...canaryOf(Finding),
  id: 'F1',
  evidenceCheck: { ...canaryOf(Finding).evidenceCheck, note: '' },
};
const measure: Measure = () => Promise.resolve({ facts, findings: [finding], commands: [], partial: null });

/** The first script fails, the second works; both print what stands in packets. */
function leaky(): Behaviour {
  let runs = 0;
  return ({ argv }) => {
    if (!isRun(argv)) return {};
    runs += 1;
    const said = { stdout: '== answer ==\ncanary-stdout\n', stderr: 'canary-stderr\n' };
    return runs === 1 ? { ...said, exitCode: 1 } : said;
  };
}

async function asked(privacy: { configured?: 'facts-only'; asked?: 'facts-only' }) {
  const model = createFakeModel([scripts.first, scripts.second, reportReply]);
  const { analysis } = await analysisOf({
    model,
    measure,
    behaviour: leaky(),
    privacy,
    context: 'Why is canary-question slow?',
  });
  const said = model.requests.map(({ user }) => user.replaceAll('canary-question', 'question'));
  return { analysis, said, systems: model.requests.map(({ system }) => system) };
}

describe('an analysis that sends facts only', () => {
  it.each([
    ['as configured', { configured: 'facts-only' }],
    ['as the caller asks', { asked: 'facts-only' }],
  ] as const)('tells the model nothing that a packet said, %s', async (_, privacy) => {
    const { said, systems } = await asked(privacy);

    expect(said.length).toBeGreaterThanOrEqual(3);
    for (const text of [...said, ...systems]) expect(text).not.toContain('canary');
    expect(said[1]).toContain('kept back');
  });

  it('sends the question of the caller, which is their own', async () => {
    const { said } = await asked({ configured: 'facts-only' });

    expect(said[0]).toContain('Why is question slow?');
  });

  it('keeps everything for the people who read the report, and says what was sent', async () => {
    const { analysis } = await asked({ configured: 'facts-only' });

    expect(analysis.privacy).toBe('facts-only');
    expect(analysis.results.map(({ stdout }) => stdout).join()).toContain('canary-stdout');
    expect(JSON.stringify(analysis.endpoints)).toContain('canary');
    expect(analysis.report).toContain('| Sent to it | facts only');
  });

  it('would have told it all of that otherwise', async () => {
    const { said, analysis } = await asked({});

    expect(analysis.privacy).toBe('full');
    for (const word of ['canary.example', 'canary-stdout', 'canary-stderr']) {
      expect(said.join('\n')).toContain(word);
    }
  });
});
