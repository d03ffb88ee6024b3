import { describe, expect, it } from 'vitest';
import { CapwrightError, type ErrorCode } from '../../src/domain/errors.ts';
import { REPORT_SECTIONS } from '../../src/domain/report.ts';
import type { OwnReader } from '../../src/forensics/measure/measure.ts';
import { factsOf, findingOf } from '../fakes/facts.ts';
import { type AnalysisOptions, analysisOf, failureOf, reportReply } from '../fakes/forensics.ts';
import { createFakeModel } from '../fakes/model.ts';
import { createFakeSandbox, type FakeSandbox } from '../fakes/sandbox.ts';

const ownReader: OwnReader = () =>
  Promise.resolve({ facts: factsOf({ notes: ['Not looked at: mail.'] }), findings: [findingOf()] });

/** A machine on which opening a sandbox fails, whatever is done in one. */
function refusing(code: ErrorCode): FakeSandbox {
  const sandbox = createFakeSandbox(() => new Error('nothing may run'));
  const open = (): Promise<never> =>
    Promise.reject(new CapwrightError(code, 'No container engine is here.', 'Run: npm run setup'));
  return Object.assign(sandbox, { open });
}

const absent = (): AnalysisOptions => ({
  sandbox: refusing('SANDBOX_UNAVAILABLE'),
  ownReader,
  withoutSandbox: 'overview',
});

describe('an analysis on a machine without a sandbox', () => {
  it('still has facts, findings and the 8 sections, and has run nothing', async () => {
    const { analysis, sandbox } = await analysisOf(absent());

    expect(analysis.capture.packets).toBe(factsOf().capture.packets);
    expect(analysis.findings.map(({ kind }) => kind)).toEqual([findingOf().kind]);
    expect([...analysis.report.matchAll(/^## (.*)$/gm)].map((match) => match[1])).toEqual([
      ...REPORT_SECTIONS,
    ]);
    expect(sandbox.commands).toEqual([]);
    expect(analysis).toMatchObject({
      isolation: { engine: 'none' },
      script: '',
      results: [],
      commands: [],
      authorship: { planner: 'none', attempts: 0, scriptSucceeded: false },
    });
  });

  it('says in its first lines what is missing and the one command that helps', async () => {
    const { analysis } = await analysisOf(absent());

    const opening = analysis.report.split('\n').slice(0, 6).join('\n');
    for (const text of [analysis.partial, opening]) {
      expect(text).toContain('tshark was not run');
      expect(text).toContain('No container engine is here.');
      expect(text).toContain('Not looked at: mail. No script looked deeper.');
      expect(text).toContain('Run: npm run setup');
    }
    expect(analysis.authorship.note).toContain('no script was planned or run. Run: npm run setup');
  });

  it('names what read the packets, and that no command ran and why', async () => {
    const { analysis } = await analysisOf(absent());

    expect(analysis.sandbox).toBe("no sandbox; Capwright's own packet reader, not tshark");
    expect(analysis.report).toContain("Capwright's own packet reader, not tshark; no sandbox");
    expect(analysis.report).toMatch(/## Command Log\n\nNo command was run on this capture/);
    expect(analysis.report).toContain('- Not looked at: mail.');
  });

  it('lets a model write the report, which is told of measured facts only, and asks no planner', async () => {
    const model = createFakeModel([reportReply]);

    const { analysis } = await analysisOf({ ...absent(), model });

    expect(model.requests.map(({ schemaName }) => schemaName)).toEqual(['report']);
    expect(model.requests[0]?.user).toContain('No script worked; there are only the measured facts.');
    expect(analysis.report).toContain('The database port may be filtered (F1).');
    expect(analysis.authorship).toMatchObject({ planner: 'none', reporter: 'fake-model' });
  });

  it('fails where the caller has not asked for an overview: a task waits for its sandbox', async () => {
    const { error } = await failureOf({ sandbox: refusing('SANDBOX_UNAVAILABLE'), ownReader });

    expect(error).toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
  });

  it.each(['SANDBOX_FAILED', 'CANCELLED', 'DISK_FULL', 'FILE_UNREADABLE'] as const)(
    'fails with %s where that is what opening one says: an overview is no answer to it',
    async (code) => {
      const { error } = await failureOf({ ...absent(), sandbox: refusing(code) });

      expect(error).toMatchObject({ code });
    },
  );

  it('ends with CANCELLED where the caller gives up while it reads', async () => {
    const caller = new AbortController();
    const { error } = await failureOf({
      ...absent(),
      signal: caller.signal,
      onMessage: (message) => {
        if (message.startsWith('No sandbox')) caller.abort();
      },
    });

    expect(error).toMatchObject({ code: 'CANCELLED' });
  });
});
