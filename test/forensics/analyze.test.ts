import { describe, expect, it } from 'vitest';
import { CapwrightError } from '../../src/domain/errors.ts';
import { REPORT_SECTIONS } from '../../src/domain/report.ts';
import { PLAYBOOK, PLAYBOOK_NAME } from '../../src/forensics/playbook.ts';
import { analysisOf, isRun, reportReply, scripts } from '../fakes/forensics.ts';
import { createFakeModel } from '../fakes/model.ts';
import { createFakeSandbox, type Behaviour } from '../fakes/sandbox.ts';

const onlyPlaybookWorks: Behaviour = ({ argv }, script) =>
  isRun(argv) && script !== PLAYBOOK ? { exitCode: 1, stderr: script } : { stdout: 'playbook answers' };
const onlyAwkFails: Behaviour = ({ argv }, script) =>
  isRun(argv) && script.includes('awk')
    ? { exitCode: 2, stdout: 'partial stdout', stderr: 'some fields are not valid' }
    : { stdout: 'fine' };
const headings = (markdown: string) => [...markdown.matchAll(/^## (.*)$/gm)].map((match) => match[1]);

describe('an analysis without a model', () => {
  it('runs the built-in playbook and writes the 8 sections, saying who wrote them', async () => {
    const { analysis, sandbox } = await analysisOf();

    expect(analysis.script).toBe(PLAYBOOK);
    expect(analysis.authorship).toMatchObject({
      planner: PLAYBOOK_NAME,
      reporter: 'built-in reporter',
      attempts: 1,
      scriptSucceeded: true,
      note: 'Built-in planner and reporter: no model configured.',
    });
    expect(headings(analysis.report)).toEqual([...REPORT_SECTIONS]);
    expect(analysis.report).toContain("written by Capwright's built-in reporter, no model configured");
    expect(sandbox.stopped).toBe(1);
  });

  it('keeps two entries per attempt: chmod and the run', async () => {
    const { analysis, sandbox } = await analysisOf();

    expect(analysis.results.map((entry) => [entry.attempt, entry.command])).toEqual([
      [1, 'chmod +x /workspace/plan.sh'],
      [1, '/bin/bash /workspace/plan.sh'],
    ]);
    expect(sandbox.uploads.map((upload) => upload.path)).toEqual([
      '/workspace/capwright-prelude.sh',
      '/workspace/plan.sh',
    ]);
    expect(analysis.commands.map((entry) => entry.step)).toEqual(['script', 'script']);
  });

  it("asks the caller's own model where none is configured, and only there", async () => {
    const callersModel = createFakeModel([scripts.first, reportReply], 'host');
    const own = await analysisOf({ callersModel });
    const configured = await analysisOf({
      model: createFakeModel([scripts.first, reportReply]),
      callersModel,
    });

    expect(own.analysis.authorship).toMatchObject({ planner: 'host', reporter: 'host' });
    expect(configured.analysis.authorship).toMatchObject({ planner: 'fake-model', reporter: 'fake-model' });
  });

  it('never touches a configured model when llm is off', async () => {
    const model = createFakeModel([scripts.first, reportReply]);

    const { analysis } = await analysisOf({ model, llm: 'off' });

    expect(model.requests).toEqual([]);
    expect(analysis.authorship.planner).toBe(PLAYBOOK_NAME);
    expect(analysis.report).toContain('the model was switched off for this analysis');
  });

  it.each([
    [0, 90_000],
    [100_000_000, 117_940],
    [1024 ** 3, 390_000],
  ])('gives a script over %i bytes %i ms: ten readings, and room', async (bytes, limit) => {
    const limits: number[] = [];
    const behaviour: Behaviour = ({ argv, timeoutMs }) => {
      if (isRun(argv)) limits.push(timeoutMs);
      return { stdout: 'fine' };
    };

    await analysisOf({ behaviour, bytes });

    expect(limits).toEqual([limit]);
  });

  it('is complete although the playbook fails', async () => {
    const { analysis } = await analysisOf({
      behaviour: ({ argv }) => (isRun(argv) ? { outcome: 'timeout', stdout: 'half an answer' } : {}),
    });

    expect(analysis.authorship.scriptSucceeded).toBe(false);
    expect(analysis.authorship.note).toContain('did not finish: It ran longer than 90 s');
    expect(analysis.results.at(-1)?.stdout).toBe('half an answer');
    expect(headings(analysis.report)).toEqual([...REPORT_SECTIONS]);
  });
});

describe('an analysis with a model', () => {
  it('is right first time: one plan, one run, one report', async () => {
    const model = createFakeModel([scripts.first, reportReply]);

    const { analysis } = await analysisOf({ model, context: 'Why does the app not reach its database?' });

    expect(analysis.authorship).toEqual({
      planner: 'fake-model',
      reporter: 'fake-model',
      attempts: 1,
      scriptSucceeded: true,
      note: null,
    });
    expect(analysis.script).toMatch(/^#!\/usr\/bin\/env bash\nset -euo pipefail\ntshark /);
    expect(analysis.report).toContain('The database port may be filtered (F1).');
    expect(analysis.report).toContain('Open port 5432 in the NSG.');
    expect(model.requests.map((request) => request.schemaName)).toEqual(['plan', 'report']);
    expect(model.requests[1]?.user).toContain('frame 11');
  });

  it('knows what is installed in the sandbox, without a command that asks for it', async () => {
    const model = createFakeModel([scripts.first, reportReply]);

    const { sandbox } = await analysisOf({ model });

    expect(model.requests[0]?.user).toContain(
      'Tools in the sandbox:\n\nbash, coreutils, findutils, awk, grep, sed\nTShark (Wireshark) 4.4.9\njq-1.7\n',
    );
    expect(model.requests[0]?.system).toMatch(/`True`\/`False` from 4\.2 on and as `1`\/`0` before/);
    expect(sandbox.commands.some((command) => command.includes('--version'))).toBe(false);
  });

  it('is told of tools in bounded length and without control characters, whatever they say of themselves', async () => {
    const model = createFakeModel([scripts.first, reportReply]);
    const sandbox = createFakeSandbox(() => ({ stdout: 'fine' }), {
      tools: ['TShark \u001b[31m4.4.9\u202e', 'x'.repeat(1_000_000)],
    });

    await analysisOf({ model, sandbox });

    const told = model.requests[0]?.user ?? '';
    expect(told).toContain('TShark 4.4.9\n');
    expect(told.length).toBeLessThan(60_000);
  });

  it('repairs a script that failed, knowing its text, exit code, stdout and stderr', async () => {
    const model = createFakeModel([scripts.first, scripts.second, reportReply]);

    const { analysis } = await analysisOf({ model, behaviour: onlyAwkFails });

    expect(analysis.authorship).toMatchObject({ attempts: 2, scriptSucceeded: true, note: null });
    const repair = model.requests[1]?.user ?? '';
    expect(repair).toContain('attempt 1 of 3');
    expect(repair).toContain('Exit code: 2');
    expect(repair).toContain('partial stdout');
    expect(repair).toContain('some fields are not valid');
    expect(repair).toContain('awk "NR<=3"');
    expect(analysis.results.map((entry) => [entry.attempt, entry.exitCode, entry.isError])).toEqual([
      [1, 0, false],
      [1, 2, true],
      [2, 0, false],
      [2, 0, false],
    ]);
  });

  it.each<[string, Behaviour, string]>([
    [
      'a syntax error, without running it',
      ({ argv }) =>
        argv[1] === '-n' ? { exitCode: 2, stderr: 'unexpected end of file' } : { stdout: 'ran' },
      'syntax error',
    ],
    ['exit code 0 with nothing printed', () => ({ stdout: ' \n' }), 'printed nothing'],
    ['a time limit', ({ argv }) => (isRun(argv) ? { outcome: 'timeout' } : {}), 'ran longer than'],
    ['a memory limit', ({ argv }) => (isRun(argv) ? { outcome: 'out_of_memory' } : {}), 'more memory'],
    [
      'a flood of output',
      ({ argv }) => (isRun(argv) ? { outcome: 'output_overflow' } : {}),
      'printed more than',
    ],
    ['a missing command', ({ argv }) => (isRun(argv) ? { exitCode: 127 } : {}), 'does not exist'],
  ])('asks for a repair after %s, once where the same comes again', async (_, behaviour, problem) => {
    const model = createFakeModel([scripts.first, scripts.second, scripts.third, reportReply]);

    const { analysis } = await analysisOf({ model, behaviour });

    expect(model.requests[1]?.user).toContain(problem);
    expect(model.requests.filter((request) => request.schemaName === 'plan')).toHaveLength(2);
    expect(analysis.authorship.attempts).toBe(2);
    expect(analysis.authorship.note).toContain('Attempt 2 failed in the same way as one before.');
  });

  it('runs the playbook after three failures and says so', async () => {
    const model = createFakeModel([scripts.first, scripts.second, scripts.third, reportReply]);

    const { analysis } = await analysisOf({ model, behaviour: onlyPlaybookWorks });

    expect(analysis.authorship).toMatchObject({ planner: PLAYBOOK_NAME, attempts: 3, scriptSucceeded: true });
    expect(analysis.authorship.note).toMatch(
      /None of the planner's 3 attempts worked.*playbook was run instead/,
    );
    expect(analysis.report).toContain("None of the planner's 3 attempts worked.");
    expect(analysis.script).toBe(PLAYBOOK);
    expect(analysis.results.map((entry) => entry.attempt)).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    expect(analysis.authorship.reporter).toBe('fake-model');
  });

  it('ends the loop early when the same script comes twice', async () => {
    const model = createFakeModel([scripts.first, scripts.first, reportReply]);

    const { analysis } = await analysisOf({ model, behaviour: onlyPlaybookWorks });

    expect(analysis.authorship.note).toContain('the same script again at attempt 2');
    expect(analysis.results.map((entry) => entry.attempt)).toEqual([1, 1, 3, 3]);
    expect(model.requests.map((request) => request.schemaName)).toEqual(['plan', 'plan', 'report']);
  });

  it('never runs prose; it asks again', async () => {
    const model = createFakeModel([
      'I would look at the handshakes with tshark.',
      scripts.first,
      reportReply,
    ]);

    const { analysis, sandbox } = await analysisOf({ model });

    expect(model.requests[1]?.user).toContain('not a JSON object with the key "script"');
    expect(sandbox.uploads.filter(({ path }) => path === '/workspace/plan.sh')).toHaveLength(1);
    expect(analysis.authorship).toMatchObject({ attempts: 2, scriptSucceeded: true });
  });

  it('keeps a report reply that is prose out of the report and writes it itself', async () => {
    const model = createFakeModel([scripts.first, 'All is well, trust me.']);

    const { analysis } = await analysisOf({ model });

    expect(analysis.report).not.toContain('trust me');
    expect(analysis.authorship).toMatchObject({ planner: 'fake-model', reporter: 'built-in reporter' });
    expect(analysis.authorship.note).toContain('not in the agreed form');
  });

  it.each(['MODEL_REFUSED', 'MODEL_UNAVAILABLE'] as const)(
    'is not lost when the model fails with %s: the built-in parts stand in and the note names the next step',
    async (code) => {
      const model = createFakeModel([new CapwrightError(code, 'The model said no.', 'Set a valid key.')]);

      const { analysis } = await analysisOf({ model });

      expect(model.requests).toHaveLength(1);
      expect(analysis.authorship).toMatchObject({ planner: PLAYBOOK_NAME, reporter: 'built-in reporter' });
      expect(analysis.authorship.note).toContain('The model said no. Set a valid key.');
      expect(analysis.report).toContain('the model could not be used');
    },
  );

  it('keeps the script when only the reporter fails', async () => {
    const unavailable = new CapwrightError('MODEL_UNAVAILABLE', 'The model is overloaded.', 'Try later.');

    const { analysis } = await analysisOf({ model: createFakeModel([scripts.first, unavailable]) });

    expect(analysis.authorship).toMatchObject({
      planner: 'fake-model',
      reporter: 'built-in reporter',
      scriptSucceeded: true,
    });
    expect(analysis.authorship.note).toContain('The model is overloaded. Try later.');
  });

  it('masks secrets and terminal escapes in what scripts print', async () => {
    const model = createFakeModel([scripts.first, reportReply]);

    const { analysis } = await analysisOf({
      model,
      behaviour: ({ argv }) =>
        isRun(argv) ? { stdout: 'Authorization: Basic dXNlcjpodW50ZXIy\n\u001b[2Jgone' } : {},
    });

    const everything = JSON.stringify([analysis, model.requests]);
    expect(everything).not.toContain('dXNlcjpodW50ZXIy');
    expect(everything).not.toContain(String.raw`\u001b`);
    expect(analysis.results[1]?.stdout).toContain('[masked]');
  });
});
